import { expect, test } from 'vitest'
import { csrTemplate } from './csr-template.ts'

const problem = (literalSubject: string): string | undefined => {
  const reading = csrTemplate({ secretName: 'web-tls', issuerRef: { name: 'ca' }, literalSubject })
  return reading.kind === 'impossible' ? reading.why : undefined
}

test.each<[literalSubject: string, why: string | undefined]>([
  [`CN=${'x'.repeat(64)}`, undefined],
  [`CN=${'\\78'.repeat(64)}`, undefined],
  [`CN=${'\\78'.repeat(65)}`, 'spec.literalSubject: the CN has more than 64 bytes; put longer names into dnsNames'],
  [`O=Example+2.5.4.3=${'é'.repeat(33)}`, 'spec.literalSubject: the CN has more than 64 bytes; put longer names into dnsNames'],
  [`O=${'x'.repeat(65)},CN=web`, undefined],
  ['CN=web\\', 'spec.literalSubject: the value of CN is not written as RFC 4514 says'],
  ['B=TX', 'spec.literalSubject: "B" is neither a known attribute type nor an object identifier'],
])('a CSR with the literal subject %j: %s', (literalSubject, why) => {
  expect(problem(literalSubject)).toBe(why)
})

test.each<[gate: 'off' | 'on', isCA: boolean | undefined, basicConstraints: boolean | undefined]>([
  ['off', undefined, undefined],
  ['off', true, undefined],
  ['on', undefined, false],
  ['on', false, false],
  ['on', true, true],
])(
  'with UseCertificateRequestBasicConstraints %s and isCA: %s, the basic constraints in the CSR are %s',
  (gate, isCA, basicConstraints) => {
    const spec = { secretName: 'web-tls', issuerRef: { name: 'ca' }, commonName: 'web', ...(isCA === undefined ? {} : { isCA }) }
    const reading = csrTemplate(spec, { encodesBasicConstraints: gate === 'on' })
    expect(reading).toMatchObject({ kind: 'ok', template: { isCA: basicConstraints } })
  },
)
