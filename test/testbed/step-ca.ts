import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AcmeSite } from './acme-server.ts'
import { newAuthority } from './certificates.ts'
import { startDaemon } from './daemon.ts'
import { httpsRequest } from './https-request.ts'
import { startPart } from './teardown.ts'
import { ensureTools } from './toolchain.ts'

export interface StepCaOptions {
  /** Where it looks names up (`address:port`). */
  readonly dnsServer: string
  /** DNS names that its policy forbids, such as `*.forbidden.example`. */
  readonly deniedNames?: readonly string[]
}

/** step-ca with one ACME provisioner. */
export interface StepCa {
  readonly directoryUrl: string
  /** PEM of its root, which vouches for its own HTTPS and for all that it issues. */
  readonly caPem: string
  readonly logFile: string
}

/** Starts step-ca with a root of its own and an empty database. */
export async function startStepCa(
  { folder, claimed, teardown }: Omit<AcmeSite, 'ingressAddress'>,
  options: StepCaOptions,
): Promise<StepCa> {
  const { 'step-ca': program } = await ensureTools(['step-ca'])
  const [port = 0] = await claimed.freePorts(1)
  const address = `${claimed.address}:${port}`
  const { certificate, privateKey } = await newAuthority('step-ca-root')
  const own = join(folder, 'step-ca')
  const files = { config: join(own, 'ca.json'), root: join(own, 'root.crt'), key: join(own, 'root.key'), database: join(own, 'db') }
  await mkdir(own)
  await writeFile(files.root, certificate)
  await writeFile(files.key, privateKey, { mode: 0o600 })
  await writeFile(files.config, JSON.stringify(configOf(files, address, options)))

  const directoryUrl = `https://${address}/acme/acme/directory`
  const logFile = join(folder, 'logs', 'step-ca.log')
  const starting = startDaemon({
    name: 'step-ca',
    logFile,
    command: [program, files.config, options.dnsServer],
    isReady: async () => (await httpsRequest(directoryUrl, { ca: certificate })).status === 200,
  })
  await startPart(teardown, starting)
  return { directoryUrl, caPem: certificate, logFile }
}

function configOf(
  files: { readonly root: string; readonly key: string; readonly database: string },
  address: string,
  { deniedNames = [] }: StepCaOptions,
): object {
  return {
    root: files.root,
    crt: files.root,
    key: files.key,
    address,
    dnsNames: [address.slice(0, address.lastIndexOf(':'))],
    logger: { format: 'text' },
    db: { type: 'badgerv2', dataSource: files.database },
    authority: {
      provisioners: [{ type: 'ACME', name: 'acme' }],
      ...(deniedNames.length === 0 ? {} : { policy: { x509: { allow: { dns: ['*.example'] }, deny: { dns: deniedNames } } } }),
    },
  }
}
