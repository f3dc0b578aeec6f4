import { X509Certificate } from 'node:crypto'
import { encodePrivateKey, generatePrivateKey } from '../../src/pki/private-key.ts'
import { certificateSigningRequests, events } from '../../src/kube/kinds.ts'
import type { CertificateSigningRequest, CertificateSigningRequestCondition, Event } from '../../src/kube/kinds.ts'
import { conditionOf } from './cluster-user.ts'
import { openssl } from './openssl.ts'
import type { OperatorUnderTest } from './operator-under-test.ts'
import { base64 } from './stored.ts'
import { waitFor } from './wait-for.ts'

/** The gate without which the operator does not look at signing requests. */
export const gate = '--feature-gates=ExperimentalCertificateSigningRequestControllers=true'

export interface Asked {
  readonly signerName: string
  /** PEM; default: one for `<name>.example.com` with a key of its own. */
  readonly csr?: string
  readonly usages?: readonly string[]
  readonly expirationSeconds?: number
  readonly annotations?: Readonly<Record<string, string>>
  /** Who asks, by kubectl's `--as`; default: the cluster admin. */
  readonly as?: string
  readonly asGroup?: string
}

/** Signing requests as people work with them, by kubectl; everything is read live. */
export interface SigningRequests {
  readonly create: (name: string, asked: Asked) => Promise<void>
  readonly approve: (name: string) => Promise<void>
  readonly deny: (name: string) => Promise<void>
  /** `create` and `approve`. */
  readonly createApproved: (name: string, asked: Asked) => Promise<void>
  readonly get: (name: string) => Promise<CertificateSigningRequest>
  readonly remove: (name: string) => Promise<void>
  /** Waits for the certificate: the PEM of the chain, and its leaf. */
  readonly untilSigned: (name: string) => Promise<{ readonly chain: string; readonly leaf: X509Certificate }>
  readonly untilFailed: (name: string) => Promise<CertificateSigningRequestCondition>
  readonly untilEvent: (name: string, reason: string) => Promise<Event>
  readonly eventsAbout: (name: string) => Promise<readonly Event[]>
}

const signal = new AbortController().signal

export function signingRequestsOf({ cluster, testbed }: OperatorUnderTest): SigningRequests {
  const kubectl = async (args: readonly string[], input = ''): Promise<void> => {
    const { code, stderr } = await testbed.kubectl(args, { input })
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
  }
  const get: SigningRequests['get'] = async (name) => {
    const found = await cluster.get(certificateSigningRequests, { name }, signal)
    if (found === undefined) throw new Error(`CertificateSigningRequest ${name} does not exist`)
    return found
  }
  const create: SigningRequests['create'] = async (name, { as, asGroup, ...asked }) =>
    kubectl(
      ['create', '-f', '-', ...(as === undefined ? [] : ['--as', as]), ...(asGroup === undefined ? [] : ['--as-group', asGroup])],
      JSON.stringify(await manifest(name, asked)),
    )
  const approve: SigningRequests['approve'] = (name) => kubectl(['certificate', 'approve', name])
  const until = <T>(name: string, what: string, look: (request: CertificateSigningRequest) => T | undefined): Promise<T> =>
    waitFor(`CertificateSigningRequest ${name} ${what} (logs: ${testbed.folder})`, async () => look(await get(name)))
  const eventsAbout: SigningRequests['eventsAbout'] = (name) =>
    cluster.list(events, { namespace: 'default', fieldSelector: `involvedObject.name=${name}` }, signal)
  return {
    get,
    create,
    approve,
    eventsAbout,
    deny: (name) => kubectl(['certificate', 'deny', name]),
    createApproved: async (name, asked) => {
      await create(name, asked)
      await approve(name)
    },
    remove: async (name) => cluster.delete(certificateSigningRequests, await get(name), signal),
    untilSigned: (name) =>
      until(name, 'is signed', ({ status }) => {
        if (conditionOf(status, 'Failed') !== undefined) throw new Error(`it failed: ${JSON.stringify(status)}`)
        const chain = Buffer.from(status?.certificate ?? '', 'base64').toString()
        return chain === '' ? undefined : { chain, leaf: new X509Certificate(chain) }
      }),
    untilFailed: (name) => until(name, 'has failed', ({ status }) => conditionOf(status, 'Failed')),
    untilEvent: (name, reason) =>
      waitFor(`an Event ${reason} about CertificateSigningRequest ${name} (logs: ${testbed.folder})`, async () =>
        (await eventsAbout(name)).find((event) => event.reason === reason),
      ),
  }
}

/** A key, and a CSR that openssl makes with it, as PEM. The first name is the common name too. */
export async function newCsr(names: readonly string[], commonName = names[0]): Promise<{ readonly key: string; readonly csr: string }> {
  const key = encodePrivateKey(await generatePrivateKey({ algorithm: 'ECDSA', size: 256 }), 'PKCS8').reveal()
  const sans = `subjectAltName=${names.map((name) => `DNS:${name}`).join()}`
  const csr = await openssl(['req', '-new', '-key', '@key.pem', '-subj', `/CN=${commonName}`, '-addext', sans], { 'key.pem': key })
  return { key, csr }
}

async function manifest(name: string, { csr, annotations = {}, usages = serverUsages, ...spec }: Asked): Promise<object> {
  const request = base64(csr ?? (await newCsr([`${name}.example.com`])).csr)
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name, annotations },
    spec: { ...spec, request, usages },
  }
}

const serverUsages = ['digital signature', 'key encipherment', 'server auth']
