import { expect, test } from 'vitest'
import { refusedBy } from './kube-api-error.ts'
import { parseStatus } from './status.ts'

const asked = { verb: 'patch', resource: 'certificates', namespace: 'shop', name: 'web' }

test.each<[status: number, body: string, code: string, message: string]>([
  [
    409,
    '{"kind":"Status","reason":"AlreadyExists","message":"it exists"}',
    'kube/AlreadyExists',
    'patch certificates shop/web: 409 AlreadyExists: it exists',
  ],
  [403, '{"kind":"Status","reason":"Forbidden","message":"no"}', 'kube/Forbidden', 'patch certificates shop/web: 403 Forbidden: no'],
  [404, '404 page not found', 'kube/NotFound', 'patch certificates shop/web: 404 NotFound'],
  [502, '<html>secret page of a proxy</html>', 'kube/InternalError', 'patch certificates shop/web: 502 InternalError'],
  [429, '', 'kube/TooManyRequests', 'patch certificates shop/web: 429 TooManyRequests'],
])('a %i answer %s is %s', (status, body, code, message) => {
  expect(refusedBy({ status, body: parseStatus(body) }, asked)).toMatchObject({ code, status, message })
})

test('a refused Secret is explained by its fields alone, because the server repeats values', () => {
  const body = {
    code: 422,
    reason: 'Invalid',
    message: 'Secret "web" is invalid: data[key]: Invalid value: "hunter2"',
    details: { causes: [{ field: 'data[key]', reason: 'FieldValueInvalid', message: 'Invalid value: "hunter2"' }] },
  }
  const error = refusedBy({ status: 422, body }, { verb: 'create', resource: 'secrets', namespace: 'shop', name: 'web' })
  expect(error.message).toBe('create secrets shop/web: 422 Invalid: data[key] (FieldValueInvalid)')
})

test('the part of a body that an older server repeats when it cannot read it is left out', () => {
  const body = {
    code: 400,
    reason: 'BadRequest',
    message: 'bad request, error found in #10 byte of ...|hunter2|..., bigger context ...|hunter2|...',
  }
  expect(refusedBy({ status: 400, body }, asked).message).not.toContain('hunter2')
})
