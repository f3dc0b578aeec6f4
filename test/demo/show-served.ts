import { execFile } from 'node:child_process'
import type { X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import type { TlsSite } from './served-chain.ts'
import { servedChain } from './served-chain.ts'
import type { Shell } from './shell.ts'
import type { Terminal } from './terminal.ts'

const run = promisify(execFile)

export interface Viewer {
  readonly terminal: Terminal
  readonly shell: Shell
}

/** Shows the chain that a site serves and what is in its leaf, by openssl where there is one. `caFile` may name a variable of the shell. */
export async function showServed({ terminal, shell }: Viewer, site: TlsSite, caFile: string): Promise<void> {
  if (!(await hasOpenssl())) {
    terminal.say('There is no openssl on this machine; this is what Node sees:')
    terminal.output(described(await servedChain(site)))
    return
  }
  const client = `openssl s_client -connect ${site.address}:${site.port} -servername ${site.host}`
  await shell.run(`${client} -CAfile ${caFile} </dev/null 2>/dev/null | grep -E '^ +([0-9]+ s|i):|^Verification'`)
  await shell.run(`${client} </dev/null 2>/dev/null | openssl x509 -noout -subject -issuer -dates -serial -ext subjectAltName`)
}

async function hasOpenssl(): Promise<boolean> {
  return run('openssl', ['version']).then(
    () => true,
    () => false,
  )
}

/** Alike to what openssl prints. */
function described(chain: readonly X509Certificate[]): string {
  const names = chain.map(({ subject, issuer }, depth) => ` ${depth} s:${oneLine(subject)}\n   i:${oneLine(issuer)}`)
  const leaf = chain[0]
  if (leaf === undefined) return 'no certificate at all'
  const { validFrom, validTo, serialNumber, subjectAltName = '' } = leaf
  return [...names, `notBefore=${validFrom}`, `notAfter=${validTo}`, `serial=${serialNumber}`, subjectAltName].join('\n')
}

/** Node returns undefined for an empty name, whatever its types say. */
function oneLine(name: string | undefined): string {
  return (name ?? '').trim().replaceAll('\n', ', ')
}
