import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../crds/resource.ts'
import { createOverlaidStore } from './overlay.ts'
import type { OverlaidStore } from './overlay.ts'

/** `web@7` is the object web in its version 7; `web@7#b` is one with another UID. */
function object(short: string): KubeObject {
  const [, name = '', resourceVersion = '', uid = 'a'] = /^(\w+)@(\d+)(?:#(\w+))?$/.exec(short) ?? []
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'shop', name, resourceVersion, uid } }
}

function text(found: KubeObject | undefined): string {
  if (found === undefined) return 'nothing'
  const { name, resourceVersion, uid } = found.metadata
  return `${name}@${resourceVersion}${uid === 'a' ? '' : `#${uid}`}`
}

function fixture(): { store: OverlaidStore<KubeObject>; changes: string[]; time: { now: number } } {
  const changes: string[] = []
  const time = { now: 0 }
  const store = createOverlaidStore<KubeObject>({
    now: () => time.now,
    onChange: ({ before, after }) => changes.push(`${text(before)} → ${text(after)}`),
  })
  return { store, changes, time }
}

type Step =
  | readonly ['list' | 'shows' | 'wrote', string]
  | readonly ['deletes' | 'deleted', string]
  | readonly ['reaches', string]
  | readonly ['left', string]

function take(store: OverlaidStore<KubeObject>, [what, argument]: Step): void {
  switch (what) {
    case 'list': {
      const [version = '', ...objects] = argument.split(' ')
      store.replace(objects.map(object), version)
      return
    }
    case 'shows':
      return store.watchShowed(object(argument))
    case 'deletes':
      return store.watchDeleted(object(argument).metadata)
    case 'reaches':
      return store.watchReached(argument)
    case 'wrote':
      return store.wrote(object(argument).metadata, object(argument))
    case 'left':
      return store.wrote(object(argument).metadata, undefined)
    case 'deleted':
      return store.deleted(object(argument).metadata)
  }
}

describe('what a reader sees', () => {
  test.each<[when: string, steps: readonly Step[], seen: string]>([
    [
      'the watch shows an object',
      [
        ['list', '1'],
        ['shows', 'web@2'],
      ],
      'web@2',
    ],
    [
      'the watch deletes it',
      [
        ['list', '1 web@1'],
        ['deletes', 'web@2'],
      ],
      'nothing',
    ],

    [
      'we wrote, and the watch knows nothing yet',
      [
        ['list', '5'],
        ['wrote', 'web@7'],
      ],
      'web@7',
    ],
    ['we wrote before the first list', [['wrote', 'web@7']], 'web@7'],
    [
      'we wrote, and an older watch event comes late',
      [
        ['list', '5 web@5'],
        ['wrote', 'web@7'],
        ['shows', 'web@6'],
      ],
      'web@7',
    ],
    [
      'we wrote, and the watch shows a newer version',
      [
        ['list', '5 web@5'],
        ['wrote', 'web@7'],
        ['shows', 'web@8'],
      ],
      'web@8',
    ],
    [
      'we wrote twice, and the answers come the wrong way round',
      [
        ['list', '5 web@5'],
        ['wrote', 'web@8'],
        ['wrote', 'web@7'],
      ],
      'web@8',
    ],
    [
      'the watch was quicker than the answer',
      [
        ['list', '5'],
        ['shows', 'web@7'],
        ['wrote', 'web@7'],
        ['shows', 'web@8'],
      ],
      'web@8',
    ],
    [
      'the watch showed the deletion before our answer came',
      [
        ['list', '5'],
        ['shows', 'web@7'],
        ['deletes', 'web@8'],
        ['wrote', 'web@7'],
      ],
      'nothing',
    ],
    [
      'versions are compared as numbers',
      [
        ['list', '9 web@9'],
        ['wrote', 'web@10'],
        ['shows', 'web@9'],
      ],
      'web@10',
    ],

    [
      'somebody deletes what we wrote',
      [
        ['list', '5'],
        ['wrote', 'web@7'],
        ['shows', 'web@7'],
        ['deletes', 'web@8'],
      ],
      'nothing',
    ],
    [
      'the deletion of a predecessor comes late',
      [
        ['list', '5 web@5#old'],
        ['wrote', 'web@7'],
        ['deletes', 'web@6#old'],
      ],
      'web@7',
    ],
    [
      'the watch passed our write without showing it',
      [
        ['list', '5'],
        ['wrote', 'web@7'],
        ['shows', 'mail@9'],
      ],
      'nothing',
    ],
    [
      'a bookmark says that our write was passed',
      [
        ['list', '5'],
        ['wrote', 'web@7'],
        ['reaches', '7'],
      ],
      'nothing',
    ],
    [
      'a bookmark is older than our write',
      [
        ['list', '5'],
        ['wrote', 'web@7'],
        ['reaches', '6'],
      ],
      'web@7',
    ],

    [
      'a relist is older than our write',
      [
        ['list', '5 web@5'],
        ['wrote', 'web@7'],
        ['list', '6 web@5'],
      ],
      'web@7',
    ],
    [
      'a relist older than our write lacks the object',
      [
        ['list', '5'],
        ['wrote', 'web@7'],
        ['list', '6'],
      ],
      'web@7',
    ],
    [
      'a relist newer than our write lacks the object',
      [
        ['list', '5'],
        ['wrote', 'web@7'],
        ['list', '8'],
      ],
      'nothing',
    ],
    [
      'a relist has a newer version than our write',
      [
        ['list', '5'],
        ['wrote', 'web@7'],
        ['list', '9 web@8'],
      ],
      'web@8',
    ],
    [
      'a relist lacks an object',
      [
        ['list', '5 web@5'],
        ['list', '8'],
      ],
      'nothing',
    ],

    [
      'we deleted it',
      [
        ['list', '5 web@5'],
        ['deleted', 'web@5'],
      ],
      'nothing',
    ],
    [
      'we deleted it, and an older watch event comes late',
      [
        ['list', '5 web@5'],
        ['deleted', 'web@5'],
        ['shows', 'web@6'],
      ],
      'nothing',
    ],
    [
      'we deleted what the watch had not shown yet',
      [
        ['list', '5'],
        ['wrote', 'web@7'],
        ['deleted', 'web@7'],
        ['shows', 'web@7'],
      ],
      'nothing',
    ],
    [
      'we deleted it, and a relist is older than that',
      [
        ['list', '5 web@5'],
        ['deleted', 'web@5'],
        ['list', '6 web@5'],
      ],
      'nothing',
    ],
    [
      'we deleted it, and there is a successor',
      [
        ['list', '5 web@5'],
        ['deleted', 'web@5'],
        ['shows', 'web@9#b'],
      ],
      'web@9#b',
    ],
    [
      'we deleted it and wrote a successor',
      [
        ['list', '5 web@5'],
        ['deleted', 'web@5'],
        ['wrote', 'web@9#b'],
        ['deletes', 'web@6'],
      ],
      'web@9#b',
    ],
    [
      'the answer to our write is read after that to our delete',
      [
        ['list', '5'],
        ['wrote', 'web@7'],
        ['deleted', 'web@7'],
        ['wrote', 'web@8'],
      ],
      'nothing',
    ],
    [
      'we deleted a predecessor that is long gone',
      [
        ['list', '9 web@9#b'],
        ['deleted', 'web@5'],
      ],
      'web@9#b',
    ],
    [
      'the watch showed our deletion before the answer came',
      [
        ['list', '5 web@5'],
        ['deletes', 'web@6'],
        ['deleted', 'web@5'],
        ['shows', 'web@9#b'],
      ],
      'web@9#b',
    ],

    [
      'our write took it out of the selection',
      [
        ['list', '5 web@5'],
        ['left', 'web@7'],
      ],
      'nothing',
    ],
    [
      'our write took it out, and an older watch event comes late',
      [
        ['list', '5 web@5'],
        ['left', 'web@7'],
        ['shows', 'web@6'],
      ],
      'nothing',
    ],
    [
      'it comes back into the selection later',
      [
        ['list', '5 web@5'],
        ['left', 'web@7'],
        ['deletes', 'web@7'],
        ['shows', 'web@9'],
      ],
      'web@9',
    ],
  ])('when %s', (_when, steps, seen) => {
    const { store } = fixture()
    for (const step of steps) take(store, step)
    expect(text(store.get({ namespace: 'shop', name: 'web' }))).toBe(seen)
    expect(
      store
        .list('shop')
        .filter(({ metadata }) => metadata.name === 'web')
        .map(text)
        .join() || 'nothing',
    ).toBe(seen)
  })
})

describe('what handlers are told', () => {
  test.each<[when: string, steps: readonly Step[], told: readonly string[]]>([
    [
      'our own write wakes them at once, and its watch event not again',
      [
        ['list', '5 web@5'],
        ['wrote', 'web@7'],
        ['shows', 'web@7'],
      ],
      ['nothing → web@5', 'web@5 → web@7'],
    ],
    [
      'our own delete wakes them at once, and its watch event not again',
      [
        ['list', '5 web@5'],
        ['deleted', 'web@5'],
        ['deletes', 'web@6'],
      ],
      ['nothing → web@5', 'web@5 → nothing'],
    ],
    [
      'a relist tells only what really changed, a deletion included',
      [
        ['list', '5 web@5 mail@4 old@3'],
        ['list', '9 web@5 mail@8 new@9'],
      ],
      ['nothing → web@5', 'nothing → mail@4', 'nothing → old@3', 'old@3 → nothing', 'mail@4 → mail@8', 'nothing → new@9'],
    ],
    [
      'a successor with another UID is a change',
      [
        ['list', '5 web@5'],
        ['list', '9 web@8#b'],
      ],
      ['nothing → web@5', 'web@5 → web@8#b'],
    ],
    [
      'a watch event that repeats what is known tells nothing',
      [
        ['list', '5 web@5'],
        ['shows', 'web@5'],
      ],
      ['nothing → web@5'],
    ],
    [
      'a write outside the selection that was never in it tells nothing',
      [
        ['list', '5'],
        ['left', 'web@7'],
      ],
      [],
    ],
  ])('when %s', (_when, steps, told) => {
    const { store, changes } = fixture()
    for (const step of steps) take(store, step)
    expect(changes).toEqual(told)
  })
})

test('a write that the watch never shows, as after a restore of etcd, is given up after five minutes', () => {
  const { store, time } = fixture()
  take(store, ['list', '100 web@100'])
  take(store, ['wrote', 'web@107'])
  take(store, ['list', '20 web@12'])
  expect(text(store.get({ namespace: 'shop', name: 'web' }))).toBe('web@107')
  time.now = 5 * 60_000 + 1
  take(store, ['reaches', '21'])
  expect(text(store.get({ namespace: 'shop', name: 'web' }))).toBe('web@12')
})

test('an object that a relist repeats is the same object as before, so that memory is not doubled', () => {
  const { store } = fixture()
  take(store, ['list', '5 web@5'])
  const before = store.get({ namespace: 'shop', name: 'web' })
  expect(store.shown(object('web@5').metadata)).toBe(before)
  expect(store.shown(object('web@6').metadata)).toBeUndefined()
  expect(store.shown(object('web@5#b').metadata)).toBeUndefined()
})
