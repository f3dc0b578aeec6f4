import { expect, test } from 'vitest'
import { annotatedFields } from './annotated-fields.ts'

const none = { altNames: [], ipSans: [] }

test.each<[key: string, text: string, fields: object]>([
  ['common-name', 'www.example.com', { commonName: 'www.example.com' }],
  ['common-name', '', {}],
  ['common-name', 'ä'.repeat(32), { commonName: 'ä'.repeat(32) }],
  ['alt-names', 'b.example.com, c.example.com,', { altNames: ['b.example.com', 'c.example.com'] }],
  ['ip-sans', '192.0.2.1, 2001:db8::1', { ipSans: ['192.0.2.1', '2001:db8::1'] }],
  ['ip-sans', '', {}],
  ['email-sans', 'jane@example.com,joe@[192.0.2.1]', { emailAddresses: ['jane@example.com', 'joe@[192.0.2.1]'] }],
  ['email-sans', '', {}],
  ['subject-organizations', 'Example,"Sons, Daughters"', { subject: { organizations: ['Example', 'Sons, Daughters'] } }],
  ['subject-organizationalunits', 'Shop', { subject: { organizationalUnits: ['Shop'] } }],
  ['subject-countries', 'DE,FR', { subject: { countries: ['DE', 'FR'] } }],
  ['subject-provinces', 'Bavaria', { subject: { provinces: ['Bavaria'] } }],
  ['subject-localities', 'Munich', { subject: { localities: ['Munich'] } }],
  ['subject-postalcodes', '80331', { subject: { postalCodes: ['80331'] } }],
  ['subject-streetaddresses', '"1, Main Street"', { subject: { streetAddresses: ['1, Main Street'] } }],
  ['subject-serialnumber', '42', { subject: { serialNumber: '42' } }],
  ['subject-serialnumber', '', {}],
  ['duration', '2160h', { duration: '2160h0m0s' }],
  ['duration', '1h', { duration: '1h0m0s' }],
  ['renew-before', '1h30m', { renewBefore: '1h30m0s' }],
  ['renew-before-percentage', '33', { renewBeforePercentage: 33 }],
  ['usages', 'server auth, digital signature', { usages: ['server auth', 'digital signature'] }],
  ['revision-history-limit', '7', { revisionHistoryLimit: 7 }],
  ['private-key-algorithm', 'ECDSA', { privateKey: { algorithm: 'ECDSA' } }],
  ['private-key-encoding', 'PKCS8', { privateKey: { encoding: 'PKCS8' } }],
  ['private-key-size', '4096', { privateKey: { size: 4096 } }],
  ['private-key-rotation-policy', 'Never', { privateKey: { rotationPolicy: 'Never' } }],
  ['secret-template', '{"labels":{"team":"shop"},"annotations":null}', { secretTemplate: { labels: { team: 'shop' } } }],
  ['secret-template', '{"annotations":{"a":"b"}}', { secretTemplate: { annotations: { a: 'b' } } }],
  ['secret-template', '{}', {}],
])('the annotation %s: %s is read', (key, text, fields) => {
  expect(annotatedFields({ [`cert-manager.io/${key}`]: text })).toEqual({ kind: 'ok', fields: { ...none, ...fields } })
})

test.each<[key: string, text: string, why: string]>([
  ['common-name', 'ä'.repeat(33), 'a common name has at most 64 bytes; put longer names into hosts'],
  ['ip-sans', '192.0.2.1,', '"" is no IP address'],
  ['ip-sans', '192.0.2.256', '"192.0.2.256" is no IP address'],
  ['email-sans', 'Jane <jane@example.com>', '"Jane <jane@example.com>" is no bare email address'],
  ['subject-organizations', '', '"" is no list of comma-separated values on one line'],
  ['subject-organizations', 'Example "Sons"', '"Example \\"Sons\\"" is no list of comma-separated values on one line'],
  ['subject-organizations', 'a\nb', '"a\\nb" is no list of comma-separated values on one line'],
  ['duration', '90d', '"90d" is no duration such as 2160h or 1h30m'],
  ['duration', '59m', '"59m" is less than 1h0m0s'],
  ['renew-before', '4m59s', '"4m59s" is less than 5m0s'],
  ['renew-before-percentage', 'a third', '"a third" is no whole number'],
  ['renew-before-percentage', '2147483648', '"2147483648" is no whole number'],
  ['usages', 'server auth,serving', '"serving" is no key usage'],
  ['usages', '', '"" is no key usage'],
  ['revision-history-limit', '0', '"0" is less than 1'],
  ['revision-history-limit', '1.5', '"1.5" is no whole number'],
  ['private-key-algorithm', 'rsa', '"rsa" is none of RSA, ECDSA, Ed25519'],
  ['private-key-encoding', 'PKCS12', '"PKCS12" is none of PKCS1, PKCS8'],
  ['private-key-size', '1024', '1024 bits is no size of an RSA key, which has 2048 to 8192'],
  ['private-key-rotation-policy', 'Sometimes', '"Sometimes" is none of Never, Always'],
  ['secret-template', '{', 'it is no JSON object such as {"labels":{"team":"shop"}}'],
  ['secret-template', '[]', 'it is no JSON object such as {"labels":{"team":"shop"}}'],
  ['secret-template', '{"label":{}}', '"label" is neither annotations nor labels'],
  ['secret-template', '{"labels":{"a":1}}', 'labels must map names to texts'],
  ['secret-template', '{"annotations":{"cert-manager.io/a":"b"}}', 'the annotation "cert-manager.io/a" is reserved'],
])('the annotation %s: %s is refused in a sentence that names it', (key, text, why) => {
  const name = `cert-manager.io/${key}`
  expect(annotatedFields({ [name]: text })).toEqual({ kind: 'bad', why: `${name}: ${why}` })
})

test('the size of a key is judged by its algorithm', () => {
  const fields = (algorithm: string, size: string) =>
    annotatedFields({ 'cert-manager.io/private-key-algorithm': algorithm, 'cert-manager.io/private-key-size': size })
  expect(fields('ECDSA', '384')).toMatchObject({ fields: { privateKey: { algorithm: 'ECDSA', size: 384 } } })
  expect(fields('Ed25519', '1')).toMatchObject({ fields: { privateKey: { algorithm: 'Ed25519', size: 1 } } })
  expect(fields('ECDSA', '2048')).toMatchObject({ kind: 'bad' })
})

test('of several wrong annotations each is named, and a long value is cut', () => {
  const reading = annotatedFields({ 'cert-manager.io/duration': 'x'.repeat(1_000), 'cert-manager.io/renew-before': 'soon' })
  expect(reading).toEqual({
    kind: 'bad',
    why: `cert-manager.io/duration: "${'x'.repeat(80)}…" is no duration such as 2160h or 1h30m; cert-manager.io/renew-before: "soon" is no duration such as 2160h or 1h30m`,
  })
})
