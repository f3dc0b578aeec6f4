import { beforeAll, describe, expect, test } from 'vitest'
import { instant, plus, type Instant } from '../../lib/instant.ts'
import { mergedCaBundle } from '../../pki/ca-bundle.ts'
import { readCertificate, type CertificateReading } from '../../pki/certificate.ts'
import { subjectName } from '../../pki/name.ts'
import { generatePrivateKey } from '../../pki/private-key.ts'
import { signCertificate } from '../../pki/sign-certificate.ts'
import { spkiOf } from '../../pki/subject-public-key.ts'
import { decide } from './decide.ts'
import type { Bundle } from './target-kinds.ts'
import type { Announcement, CaReading, World } from './world.ts'

const now = instant(Date.parse('2026-06-01T00:00:00Z'))
const DAY = 86_400_000
const missing: Announcement = {
  type: 'Warning',
  reason: 'CASourceNotFound',
  message: 'No CA is injected: the Secret shop/ca does not exist',
}
let old: CertificateReading
let next: CertificateReading

beforeAll(async () => {
  old = await newCa(plus(now, DAY))
  next = await newCa(plus(now, 90 * DAY))
})

describe('an object that asks for a CA', () => {
  test('gets it into every place that takes one', () => {
    const { actions, because } = decide(world({ standing: [[], []] }), now)
    expect(actions).toEqual([{ do: 'inject', bundles: [bundle('hook-0', [next]), bundle('hook-1', [next])], message: because }])
    expect(because).toBe('Injected the CA of the Secret shop/ca')
  })

  test('keeps what stands there until it expires, and is looked at again then', () => {
    const plan = decide(world({ standing: [[old]] }), now)
    expect(plan.actions).toMatchObject([{ do: 'inject', bundles: [bundle('hook-0', [old, next])] }])
    expect(plan.wakeAt).toBe(plus(old.notAfter, 1))
    const after = decide(world({ standing: [[old, next]] }), plus(old.notAfter, 1))
    expect(after.actions).toMatchObject([{ do: 'inject', bundles: [bundle('hook-0', [next])] }])
  })

  test('is left alone when the CA is there', () => {
    expect(decide(world({ standing: [[old, next]] }), now).actions).toEqual([])
  })

  test('is looked at every hour when nobody tells us that its source has changed', () => {
    expect(decide(world({ standing: [[next]], ca: { isUnwatched: true } }), now).wakeAt).toBe(plus(now, 3_600_000))
    expect(decide(world({ standing: [[next]] }), now).wakeAt).toBe(plus(next.notAfter, 1))
  })

  test.each<[when: string, made: Made]>([
    ['it is being deleted', { standing: [[]], isDeleted: true }],
    ['nothing in it takes a CA', { standing: [] }],
  ])('is left alone when %s', (_when, made) => {
    expect(decide(world(made), now).actions).toEqual([])
  })
})

describe('an object that another program writes too', () => {
  const written = (...secondsAgo: readonly number[]) => secondsAgo.map((seconds) => plus(now, -seconds * 1_000))

  test('is written five times within a minute at most, and waits then and says so', () => {
    const plan = decide(world({ standing: [[]], writtenAt: written(50, 40, 30, 20, 10) }), now)
    expect(plan).toMatchObject({ actions: [{ do: 'announce', announcement: { reason: 'CAContested' } }], wakeAt: plus(now, 10_000) })
  })

  test.each<[when: string, secondsAgo: readonly number[]]>([
    ['after four times', [40, 30, 20, 10]],
    ['when one of five is over a minute ago', [61, 40, 30, 20, 10]],
  ])('is written again %s', (_when, secondsAgo) => {
    expect(decide(world({ standing: [[]], writtenAt: written(...secondsAgo) }), now).actions).toMatchObject([{ do: 'inject' }])
  })

  test('is no trouble while the CA stands there', () => {
    expect(decide(world({ standing: [[next]], writtenAt: written(50, 40, 30, 20, 10) }), now).actions).toEqual([])
  })
})

describe('trouble with the source', () => {
  test('is told once, and what stands there stays', () => {
    expect(decide(world({ standing: [[old]], trouble: missing }), now).actions).toEqual([{ do: 'announce', announcement: missing }])
    expect(decide(world({ standing: [[old]], trouble: missing, told: missing }), now).actions).toEqual([])
  })

  test('is told again when it is another', () => {
    const before: Announcement = { ...missing, message: 'No CA is injected: the Secret shop/other does not exist' }
    expect(decide(world({ standing: [[]], trouble: missing, told: before }), now).actions).toEqual([
      { do: 'announce', announcement: missing },
    ])
  })

  test('is forgotten once it is over, so that it would be told anew', () => {
    expect(decide(world({ standing: [[next]], told: missing }), now).actions).toEqual([{ do: 'forget-trouble' }])
  })

  test('is also a CA that has expired: it is not taken out, for without any bundle every CA of the system would be trusted', () => {
    const later = plus(next.notAfter, 1)
    expect(decide(world({ standing: [[next]] }), later).actions).toMatchObject([
      { do: 'announce', announcement: { reason: 'InvalidCA', message: expect.stringContaining('has expired') } },
    ])
  })
})

interface Made {
  /** For each place, the CAs that stand there. */
  readonly standing: readonly (readonly CertificateReading[])[]
  readonly ca?: Partial<Extract<CaReading, { kind: 'ok' }>>
  readonly trouble?: Announcement
  readonly told?: Announcement
  readonly isDeleted?: boolean
  readonly writtenAt?: readonly Instant[]
}

function world({ standing, ca, trouble, told, isDeleted = false, writtenAt = [] }: Made): World {
  const metadata = { name: 'hooks', ...(isDeleted ? { deletionTimestamp: '2026-05-31T00:00:00Z' } : {}) }
  return {
    target: {
      plural: 'validatingwebhookconfigurations',
      object: { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata },
      bundles: standing.map((certificates, index) => bundle(`hook-${index}`, certificates)),
    },
    earlier: standing,
    ca:
      trouble === undefined
        ? { kind: 'ok', certificates: [next], from: 'the Secret shop/ca', isUnwatched: false, ...ca }
        : { kind: 'unavailable', announcement: trouble },
    told,
    writtenAt,
  }
}

function bundle(of: string, certificates: readonly CertificateReading[]): Bundle {
  return { of, caBundle: Buffer.from(mergedCaBundle(certificates, [], instant(0)).pem).toString('base64') }
}

async function newCa(notAfter: Instant): Promise<CertificateReading> {
  const key = await generatePrivateKey({ algorithm: 'Ed25519', size: 0 })
  const usages = { keyUsage: 0, extended: [] }
  const certificate = {
    subject: subjectName({ commonName: 'CA' }),
    publicKey: spkiOf(key),
    notBefore: instant(0),
    notAfter,
    isCA: true,
    usages,
  }
  const reading = readCertificate(await signCertificate(certificate, { key }))
  if (reading.kind === 'unreadable') throw new Error(reading.why)
  return reading.certificate
}
