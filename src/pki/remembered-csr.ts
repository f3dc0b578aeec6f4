import { readCsr, type CsrParsing } from './csr.ts'

const MOST_REMEMBERED = 1_000
const remembered = new Map<string, CsrParsing>()

/**
 * Reads a base64 PEM CSR as API objects hold it. The latest readings are kept: during an issuance the same CSR is looked at
 * a dozen times, and checking its signature is the dearest part of a look.
 */
export function rememberedCsr(base64: string): CsrParsing {
  const known = remembered.get(base64)
  if (known !== undefined) return known
  const reading = readCsr(Buffer.from(base64, 'base64'))
  remembered.set(base64, reading)
  const [oldest] = remembered.keys()
  if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
  return reading
}
