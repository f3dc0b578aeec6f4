import 'reflect-metadata'
import { generateKeyPairSync, webcrypto } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509'
import { AcmeError, verdictOf } from '../../src/acme/acme-error.ts'
import { createAcmeClient } from '../../src/acme/client.ts'
import type { AcmeClient, AcmeClientOptions } from '../../src/acme/client.ts'
import type { AcmeOrder, NewOrder } from '../../src/acme/order.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Pebble } from './acme-pebble.ts'

export const newEcKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
export const newRsaKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

/** Long enough for a machine that is busy with other tests. */
export const patience = (): AbortSignal => AbortSignal.timeout(60_000)

/** A client with a fresh P-256 account key, which trusts the front of `at`. */
export function clientOf(
  at: { readonly directoryUrl: string; readonly caPem: string },
  options: Partial<AcmeClientOptions> = {},
): AcmeClient {
  return createAcmeClient({
    endpoint: { directoryUrl: at.directoryUrl, caBundle: at.caPem },
    accountKey: newEcKey(),
    userAgent: 'certwright-test/0',
    clock: systemClock,
    ...options,
  })
}

/** A CSR in DER for DNS names, with the key that it is for. */
export async function newCsr(dnsNames: readonly string[]): Promise<{ readonly der: Uint8Array; readonly keys: webcrypto.CryptoKeyPair }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const csr = await Pkcs10CertificateRequestGenerator.create(
    {
      keys,
      signingAlgorithm: algorithm,
      extensions: [new SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns', value })))],
    },
    webcrypto,
  )
  return { der: new Uint8Array(csr.rawData), keys }
}

/** From a new order to one that is ready: every authorization answered by http-01. */
export async function readyOrder(client: AcmeClient, pebble: Pebble, input: NewOrder): Promise<AcmeOrder> {
  const order = await insistently(() => client.createOrder(input, patience()))
  for (const url of order.authorizations) {
    const { challenges } = await insistently(() => client.authorization(url, patience()))
    const challenge = challenges.find(({ type }) => type === 'http-01')
    if (challenge === undefined) throw new Error(`no http-01 challenge at ${url}`)
    pebble.answers.set(challenge.token, client.keyAuthorization(challenge.token))
    await insistently(() => client.acceptChallenge(challenge.url, patience()))
  }
  return settled(client, order.url, 'pending')
}

/** The order once it has left a state. */
export async function settled(client: AcmeClient, url: string, left: AcmeOrder['status']): Promise<AcmeOrder> {
  for (;;) {
    const order = await insistently(() => client.order(url, patience()))
    if (order.status !== left) return order
    await sleep(20)
  }
}

/** An order from its beginning to its certificate. */
export async function issue(
  client: AcmeClient,
  pebble: Pebble,
  input: NewOrder,
): Promise<{ readonly order: AcmeOrder; readonly chain: string; readonly alternates: readonly string[] }> {
  const ready = await readyOrder(client, pebble, input)
  const { der } = await newCsr(input.identifiers.map(({ value }) => value))
  await insistently(() => client.finalize(ready, der, patience()))
  const order = await settled(client, ready.url, 'processing')
  if (order.certificate === undefined) throw new Error(`the order is ${order.status} without a certificate`)
  const url = order.certificate
  return { order, ...(await insistently(() => client.certificate(url, patience()))) }
}

/** Asks again when the error says `later`, as the work queue does, but at once. */
export async function insistently<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof AcmeError) || verdictOf(error) !== 'later' || tries === 10) throw error
    }
  }
}

/** The error of a call that has to fail. Throws when it succeeds, or when the error is none of ours. */
export async function failureOf(call: Promise<unknown>): Promise<AcmeError> {
  const outcome = await call.then(
    () => 'success',
    (error: unknown) => error,
  )
  if (outcome instanceof AcmeError) return outcome
  throw new Error(`expected an AcmeError, got ${String(outcome)}`, { cause: outcome })
}
