import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const source = join(import.meta.dirname, '..', '..', 'src')

/** What each room may import from, besides itself. Deny by default: a new folder is refused until it stands here. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  crds: ['lib'],
  pki: ['lib'],
  kube: ['lib', 'crds', 'runtime'],
  runtime: ['lib', 'crds'],
  acme: ['lib', 'pki'],
  dns: ['lib'],
  issuers: ['lib', 'crds', 'pki', 'kube', 'runtime', 'acme'],
  solvers: ['lib', 'crds', 'pki', 'kube', 'runtime', 'acme', 'dns', 'issuers'],
  controllers: ['lib', 'crds', 'pki', 'kube', 'runtime', 'acme', 'issuers', 'solvers'],
  app: ['lib', 'crds', 'pki', 'kube', 'runtime', 'acme', 'dns', 'issuers', 'solvers', 'controllers'],
  'main.ts': ['app', 'lib'],
}

/** Packages that only one room may know, so that they can be replaced there. */
const keeperOf: Readonly<Record<string, string>> = {
  '@kubernetes/client-node': 'kube',
  'prom-client': 'app',
  pino: 'app',
}

interface Import {
  readonly file: string
  readonly of: string
}

test('imports go one way: app → controllers → issuers, solvers → acme, dns, kube, runtime → crds, pki → lib', () => {
  const wrong = imports().filter(
    ({ file, of }) => of.startsWith('.') && !isAllowed(roomOf(file), roomOf(relative(source, join(source, dirname(file), of)))),
  )
  expect(wrong).toEqual([])
})

test('a folder of a controller never imports from another controller', () => {
  const wrong = imports().filter(({ file, of }) => {
    const [from, to] = [folderBelow('controllers', file), folderBelow('controllers', join(dirname(file), of))]
    return of.startsWith('.') && from !== undefined && to !== undefined && from !== to
  })
  expect(wrong).toEqual([])
})

test.each(Object.entries(keeperOf))('%s is imported in src/%s only', (name, room) => {
  expect(imports().filter(({ file, of }) => of === name && roomOf(file) !== room)).toEqual([])
})

test('a package is loaded late only through a module of ours that names what it takes: in the bundle, CommonJS has no names otherwise', () => {
  const late = files().filter((file) => !isSupport(file) && /\bimport\('[^.']/.test(read(file)))
  expect(late).toEqual([])
})

test('the environment and the arguments of the process are read in main.ts only', () => {
  const readers = files().filter((file) => !isSupport(file) && /\bprocess\.(env|argv)\b/.test(read(file)))
  // The generators of src/crds are programs of their own.
  expect(readers.filter((file) => file !== 'main.ts' && file !== 'crds/generate.ts')).toEqual([])
})

function isAllowed(from: string, to: string): boolean {
  return from === to || (mayImport[from]?.includes(to) ?? false)
}

function imports(): readonly Import[] {
  return files()
    .filter((file) => !isSupport(file))
    .flatMap((file) =>
      [...read(file).matchAll(/^(?:import|export)\b[^'\n]*(?:\{[^}]*\})?[^'\n]*from '([^']+)'|\bimport\('([^']+)'\)/gm)]
        .map(([, named, lazy]) => ({ file, of: named ?? lazy ?? '' }))
        .filter(({ of }) => !of.endsWith('.json')),
    )
}

function files(): readonly string[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
}

function isSupport(file: string): boolean {
  return file.endsWith('.test.ts') || file.endsWith('.test-support.ts')
}

function read(file: string): string {
  return readFileSync(join(source, file), 'utf8')
}

function roomOf(file: string): string {
  return file.split('/')[0] ?? ''
}

function folderBelow(room: string, file: string): string | undefined {
  const [first, folder, ...rest] = file.split('/')
  return first === room && rest.length > 0 ? folder : undefined
}
