import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Writes a script that runs a command, or a shell, in the network namespace of this process with this environment.
 * Whoever is not root made that namespace within a user namespace, which has to be entered too.
 */
export async function writeEnterScript(folder: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, 'enter')
  const assignments = Object.entries(environment).map(([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`)
  await writeFile(path, script(assignments.join('\n')), { mode: 0o755 })
  return path
}

function script(assignments: string): string {
  return `#!/bin/sh
# Runs a command (by default a shell) where the demo runs: in its network, with kubectl and its kubeconfig.
${assignments}
demo=${process.pid}
if [ ! -e "/proc/$demo" ]; then echo 'the demo is over' >&2; exit 1; fi
if ! command -v nsenter >/dev/null; then echo 'this needs nsenter, which is in util-linux' >&2; exit 1; fi
[ $# -gt 0 ] || set -- "\${SHELL:-/bin/sh}"
if [ "$(readlink /proc/self/ns/user)" = "$(readlink "/proc/$demo/ns/user")" ]; then
  exec nsenter -t "$demo" -n -- "$@"
else
  exec nsenter -t "$demo" -U -n --preserve-credentials -- "$@"
fi
`
}
