import { onTestFinished } from 'vitest'
import type { AcmeIssuer } from '../../src/crds/acme-issuer.ts'
import { startFaultProxy } from '../integration/acme-fault-proxy.ts'
import type { AcmeServer } from '../testbed/acme-server.ts'

export interface HeldCa {
  /** Where an issuer finds it. */
  readonly issuer: Pick<AcmeIssuer, 'server' | 'caBundle'>
  /** From now on it looks when it is told to. */
  readonly letGo: () => void
}

const later = {
  kind: 'answer',
  status: 429,
  headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
  body: '{"type":"urn:ietf:params:acme:error:rateLimited","detail":"later"}',
} as const

/**
 * The CA behind a proxy, for one test, which puts it off until `letGo` that a challenge is ready: what is presented in the meantime stands
 * there to be looked at, however slow the machine.
 */
export async function heldCa(acme: AcmeServer): Promise<HeldCa> {
  const proxy = await startFaultProxy(acme)
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  const letGo = proxy.breakAll('/chalZ', later)
  return { issuer: { server: proxy.directoryUrl, caBundle: Buffer.from(proxy.caPem).toString('base64') }, letGo }
}
