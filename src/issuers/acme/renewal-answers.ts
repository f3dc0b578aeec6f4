import type { Certificate, CertificateStatus } from '../../crds/certificate.ts'
import type { Lister } from '../../kube/lister.ts'
import { boundedMap } from '../../lib/bounded-map.ts'
import { keyOf } from '../../runtime/object-key.ts'
import type { Enqueue, Trigger } from '../../runtime/trigger.ts'
import type { IssuedSecret } from './issued-leaf.ts'
import { issuedLeaf } from './issued-leaf.ts'

/** `status.acme.ari` of a Certificate. */
export type Ari = NonNullable<NonNullable<CertificateStatus['acme']>['ari']>

/**
 * What CAs have said about when to renew, on its way from who asks to who writes the status. An answer names its certificate, so that none
 * can be taken for one about another. What is lost with the process is asked for again.
 */
export interface RenewalAnswers {
  /** The last answer about that certificate of a Certificate. */
  readonly of: (certificate: Certificate, certId: string) => Ari | undefined
  /** The last answer about what the Secret of a Certificate holds now. */
  readonly ofStored: (certificate: Certificate) => Ari | undefined
  readonly put: (certificate: Certificate, certId: string, ari: Ari) => void
  /** The status has it. */
  readonly forget: (certificate: Certificate) => void
  /** Wakes a Certificate that there is an answer for. */
  readonly trigger: Trigger
}

/** More than are ever on their way at once; what is forgotten is asked for again. */
const MOST = 50_000

/** No answers yet. */
export function renewalAnswers(managedSecrets: Lister<IssuedSecret>): RenewalAnswers {
  const answers = boundedMap<string, Answer>(MOST)
  let enqueue: Enqueue | undefined
  return {
    of: ({ metadata }, certId) => ariOf(answers.get(uidOf(metadata)), certId),
    ofStored: (certificate) => {
      const answer = answers.get(uidOf(certificate.metadata))
      return answer === undefined ? undefined : ariOf(answer, issuedLeaf(certificate, managedSecrets)?.certId)
    },
    put: ({ metadata }, certId, ari) => {
      answers.set(uidOf(metadata), { certId, ari })
      enqueue?.(keyOf(metadata))
    },
    forget: ({ metadata }) => answers.delete(uidOf(metadata)),
    trigger: (to) => {
      enqueue = to
      return () => {
        enqueue = undefined
      }
    },
  }
}

interface Answer {
  readonly certId: string
  readonly ari: Ari
}

function ariOf(answer: Answer | undefined, certId: string | undefined): Ari | undefined {
  return answer?.certId === certId ? answer?.ari : undefined
}

function uidOf({ uid = '' }: Certificate['metadata']): string {
  return uid
}
