import { expect, test } from 'vitest'

import { acmeSolverAnswer, readAcmeSolverOptions, serveAcmeSolver } from './acme-solver.ts'

const args = ['acmesolver', '--listen-port=0', '--domain=Shop.example', '--token=tok', '--key=tok.thumbprint']
const optionsOf = (given: readonly string[]) => {
  const reading = readAcmeSolverOptions(given)
  if (reading.kind === 'invalid') throw new Error(reading.why)
  return reading.options
}

test.each<[path: string, host: string, status: number | undefined]>([
  ['/.well-known/acme-challenge/tok', 'shop.example', 200],
  ['/.well-known/acme-challenge/tok', 'SHOP.example:80', 200],
  ['/.well-known/acme-challenge/tok', 'other.example', undefined],
  ['/.well-known/acme-challenge/tok', '', undefined],
  ['/.well-known/acme-challenge/other', 'shop.example', undefined],
  ['/.well-known/acme-challenge/tok/', 'shop.example', undefined],
  ['/', '10.0.0.1', 200],
  ['/healthz', '10.0.0.1', 200],
  ['/metrics', 'shop.example', undefined],
])('GET %s for %s is answered with %s', (path, host, status) => {
  expect(acmeSolverAnswer(optionsOf(args), path, host)?.status).toBe(status)
})

test('an address as the name is found in a Host header with brackets', () => {
  const options = optionsOf(['--domain=2001:db8::1', '--token=tok', '--key=tok.thumbprint'])
  expect(acmeSolverAnswer(options, '/.well-known/acme-challenge/tok', '[2001:DB8:0::1]:8089')?.body).toBe('tok.thumbprint')
})

test('it listens where it is told to, and not to questions for another host', async () => {
  const server = await serveAcmeSolver(optionsOf([...args, '--listen-address=127.0.0.1']))
  try {
    const page = `http://127.0.0.1:${server.port ?? 0}`
    expect((await fetch(`${page}/healthz`)).status).toBe(200)
    expect((await fetch(`${page}/.well-known/acme-challenge/tok`)).status).toBe(404)
  } finally {
    await server.close()
  }
})

test.each<[args: readonly string[], why: string]>([
  [[], 'give --domain, --token, --key'],
  [['--domain=a.example', '--token=t'], 'give --key'],
  [['--listen-port=x', '--domain=a.example', '--token=t', '--key=k'], 'cannot read --listen-port=x'],
  [['--listen-port=70000', '--domain=a.example', '--token=t', '--key=k'], '--listen-port is no port'],
])('with the arguments %j it does not start: %s', (given, why) => {
  expect(readAcmeSolverOptions(given)).toEqual({ kind: 'invalid', why })
})
