import { expect, test } from 'vitest'
import { injectionTargets } from './injection-targets.ts'
import { readOptions } from './options.ts'

const all = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations', 'apiservices', 'customresourcedefinitions']

test.each<[args: readonly string[], kinds: readonly string[]]>([
  [[], all],
  [['--enable-apiservices-injectable=false'], all.filter((kind) => kind !== 'apiservices')],
  [['--enable-customresourcedefinitions-injectable=false'], all.filter((kind) => kind !== 'customresourcedefinitions')],
  [['--controllers=*,-ca-injector'], []],
  [['--controllers=certificates'], []],
  [['--controllers=ca-injector'], all],
  [['--namespace=shop'], []],
])('with %j CAs are injected into %j', (args, kinds) => {
  const reading = readOptions(args, {}, 1)
  expect(reading.kind === 'ok' && injectionTargets(reading.options).map(({ resource }) => resource.plural)).toEqual(kinds)
})
