/**
 * The certificates of a PEM text, each written the same way, leaf first as the CA sent them; undefined when there is none, or when
 * there is anything else, such as a private key (RFC 8555 §9.1 allows certificates only).
 */
export function parsePemChain(text: string): string | undefined {
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,64})-----\s+([A-Za-z0-9+/=\s]+)-----END ([A-Z0-9 ]{1,64})-----/g)]
  const isChain = blocks.length > 0 && blocks.every(([, begin, , end]) => begin === 'CERTIFICATE' && end === 'CERTIFICATE')
  // Each BEGIN must have opened a block that we read: a broken one among them must not vanish silently.
  if (!isChain || blocks.length !== text.split('-----BEGIN ').length - 1) return undefined
  return blocks.map(([, , body]) => certificatePem(body ?? '')).join('')
}

function certificatePem(body: string): string {
  const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
