import { expect, test } from 'vitest'
import { readOptions } from './options.ts'
import { signsForKubernetes } from './signs-for-kubernetes.ts'

const gate = 'ExperimentalCertificateSigningRequestControllers'

test.each<[args: readonly string[], signs: boolean]>([
  [[], false],
  [['--controllers=*'], false],
  [[`--feature-gates=${gate}=true`], true],
  [[`--feature-gates=Other=false,${gate}=true`], true],
  [[`--feature-gates=${gate}=true`, `--feature-gates=${gate}=false`], false],
  [[`--feature-gates=${gate}=true`, '--controllers=certificates'], true],
  [[`--feature-gates=${gate}=true`, '--controllers=*,-certificatesigningrequests'], false],
  [['--controllers=*,certificatesigningrequests-issuer-ca'], true],
])('with %j signing for Kubernetes is on: %s', (args, signs) => {
  const reading = readOptions(args, {}, 1)
  expect(reading.kind === 'ok' && signsForKubernetes(reading.options)).toBe(signs)
})

test('a gate that means nothing here is told and does not end the start', () => {
  const reading = readOptions([`--feature-gates=ServerSideApply=true,${gate}=true`], {}, 1)
  expect(reading).toMatchObject({ kind: 'ok', ignored: ['--feature-gates=ServerSideApply'] })
})

test.each(['Gate', 'Gate=', 'Gate=maybe', '=true', 'Gate=true,'])('--feature-gates=%s is refused', (text) => {
  expect(readOptions([`--feature-gates=${text}`], {}, 1)).toMatchObject({ kind: 'invalid', why: expect.stringContaining(text) })
})
