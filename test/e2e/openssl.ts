import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs openssl with files of these contents, which `args` name as `@name`. Resolves to all that it wrote; throws when it fails. */
export async function openssl(args: readonly string[], files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  return withFiles(files, (folder) =>
    run(
      'openssl',
      args.map((arg) => (arg.startsWith('@') ? join(folder, arg.slice(1)) : arg)),
    ),
  )
}

/** The entries of a Java keystore as keytool of the JDK lists them. Throws when it cannot be opened. */
export async function keytoolList(keystore: Uint8Array, password: string): Promise<string> {
  return withFiles({ keystore }, (folder) =>
    run('keytool', ['-J-Duser.language=en', '-list', '-keystore', join(folder, 'keystore'), '-storepass', password]),
  )
}

async function withFiles<T>(files: Readonly<Record<string, string | Uint8Array>>, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'certwright-e2e-'))
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr)
      else reject(new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`, { cause: error }))
    })
  })
}
