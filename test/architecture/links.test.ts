import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { anchors, codeSpans, isThere, pages, prose, readPage } from './markdown.ts'

test('ARCHITECTURE.md stays below 200 lines', () => {
  expect(readPage('ARCHITECTURE.md').split('\n').length).toBeLessThan(200)
})

test('ARCHITECTURE.md names every folder of src', () => {
  const named = new Set(codeSpans(readPage('ARCHITECTURE.md')))
  const rooms = ['app', 'controllers', 'issuers', 'solvers', 'acme', 'pki', 'crds', 'kube', 'runtime', 'lib']
  expect(rooms.filter((room) => !named.has(`src/${room}/`))).toEqual([])
})

test.each(pages())('every file and folder that %s names in backticks exists', (page) => {
  const named = codeSpans(readPage(page)).filter((code) => /^(src|test|deploy|charts|docs|scripts)\/[\w./-]*$/.test(code))
  expect(named.filter((path) => !isThere(path))).toEqual([])
})

test.each(pages())('every relative link in %s leads somewhere', (page) => {
  const dead = links(readPage(page)).filter(({ path, anchor }) => {
    const target = path === '' ? page : join(dirname(page), path)
    if (!isThere(target)) return true
    return anchor !== undefined && !anchors(readPage(target)).has(anchor)
  })
  expect(dead).toEqual([])
})

test.each(pages())('every make target that %s names is in the Makefile', (page) => {
  const targets = new Set([...readPage('Makefile').matchAll(/^([a-z]+):/gm)].map(([, target]) => target ?? ''))
  const named = [...readPage(page).matchAll(/(?:`|^\$? ?)make ([a-z]+)/gm)].map(([, target]) => target ?? '')
  expect(named.filter((target) => !targets.has(target))).toEqual([])
})

interface Link {
  readonly path: string
  readonly anchor: string | undefined
}

function links(markdown: string): readonly Link[] {
  return [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#')
      return { path, anchor }
    })
}
