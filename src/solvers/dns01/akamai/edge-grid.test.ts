import { expect, test } from 'vitest'
import { instant } from '../../../lib/instant.ts'
import { Redacted } from '../../../lib/redacted.ts'
import { edgeGridAuthorization } from './edge-grid.ts'

// The test vectors that Akamai publishes with its own clients.
const keys = {
  clientToken: new Redacted('akab-client-token-xxx-xxxxxxxxxxxxxxxx'),
  clientSecret: new Redacted('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx='),
  accessToken: new Redacted('akab-access-token-xxx-xxxxxxxxxxxxxxxx'),
}
const at = { now: instant(Date.UTC(2014, 2, 21, 19, 34, 21)), nonce: 'nonce-xx-xxxx-xxxx-xxxx-xxxxxxxxxxxx' }

test.each<[title: string, method: string, path: string, body: string, signature: string]>([
  ['a GET', 'GET', '/', '', 'tL+y4hxyHxgWVD30X3pWnGKHcPzmrIF+LThiAOhMxYU='],
  ['a GET with a query', 'GET', '/testapi/v1/t1?p1=1&p2=2', '', 'hKDH1UlnQySSHjvIcZpDMbQHihTQ0XyVAKZaApabdeA='],
  ['a POST', 'POST', '/testapi/v1/t3', 'datadatadatadatadatadatadatadata', 'hXm4iCxtpN22m4cbZb4lVLW5rhX8Ca82vCFqXzSTPe4='],
  ['a POST without a body', 'POST', '/testapi/v1/t6', '', '1gEDxeQGD5GovIkJJGcBaKnZ+VaPtrc4qBUHixjsPCQ='],
])('%s is signed as Akamai does', (_title, method, path, body, signature) => {
  const url = new URL(path, 'https://akaa-baseurl-xxxxxxxxxxx-xxxxxxxxxxxxx.luna.akamaiapis.net')
  expect(edgeGridAuthorization({ method, url, body }, keys, at)).toBe(
    'EG1-HMAC-SHA256 client_token=akab-client-token-xxx-xxxxxxxxxxxxxxxx;access_token=akab-access-token-xxx-xxxxxxxxxxxxxxxx;' +
      `timestamp=20140321T19:34:21+0000;nonce=nonce-xx-xxxx-xxxx-xxxx-xxxxxxxxxxxx;signature=${signature}`,
  )
})
