import { expect, test } from 'vitest'
import { proxyFrom } from './proxy.ts'

const http = 'http://proxy.example:3128'

test.each<[environment: Record<string, string>, url: string | undefined, noProxy: string | undefined]>([
  [{}, undefined, undefined],
  [{ https_proxy: '' }, undefined, undefined],
  [{ https_proxy: http }, http, undefined],
  [{ HTTPS_PROXY: http }, http, undefined],
  [{ https_proxy: '', HTTPS_PROXY: http, no_proxy: '', NO_PROXY: 'ca.example' }, http, 'ca.example'],
  [{ https_proxy: http, HTTPS_PROXY: 'http://other.example', no_proxy: 'a', NO_PROXY: 'b' }, http, 'a'],
])('with %j the proxy is %s, except for %s', (environment, url, noProxy) => {
  const { proxy } = proxyFrom(environment)
  expect([proxy?.url.reveal(), proxy?.noProxy]).toEqual([url, noProxy])
})
