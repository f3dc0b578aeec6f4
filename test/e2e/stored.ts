import { X509Certificate, createPrivateKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Secret } from '../../src/kube/kinds.ts'

/** One value of a Secret as text; empty when it is not there. */
export function textIn(secret: Secret, key: string): string {
  return bytesIn(secret, key).toString()
}

/** One value of a Secret. */
export function bytesIn({ data = {} }: Secret, key: string): Buffer {
  return Buffer.from(data[key] ?? '', 'base64')
}

/** The certificate in a Secret, read by OpenSSL's code in Node. */
export function leafIn(secret: Secret): X509Certificate {
  return new X509Certificate(textIn(secret, 'tls.crt'))
}

/** The private key in a Secret. */
export function keyIn(secret: Secret): KeyObject {
  return createPrivateKey(textIn(secret, 'tls.key'))
}

export function base64(content: string): string {
  return Buffer.from(content).toString('base64')
}
