import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ControlPlane } from './control-plane.ts'
import { runKubectl } from './kubectl.ts'
import { writeKubeconfig } from './kubeconfig.ts'

/** Asks for a token of this ServiceAccount (TokenRequest) and writes a kubeconfig that reads it from a file. Throws when there is no such account. */
export async function kubeconfigForServiceAccount(
  plane: ControlPlane,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<string> {
  const { code, stdout, stderr } = await runKubectl(
    plane.tools.kubectl,
    plane.kubeconfig,
    ['create', 'token', '--namespace', namespace, name, '--duration', '10h'],
    {},
  )
  if (code !== 0) throw new Error(`no token for the ServiceAccount ${namespace}/${name}: ${stderr}`)
  const path = join(plane.folder, `${namespace}-${name}.kubeconfig`)
  const tokenFile = `${path}.token`
  await writeFile(tokenFile, stdout.trim(), { mode: 0o600 })
  await writeKubeconfig(path, { apiServerUrl: plane.apiServerUrl, ca: plane.ca, user: { tokenFile } })
  return path
}
