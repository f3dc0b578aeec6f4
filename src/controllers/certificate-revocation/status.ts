import type { CertificateRevocationStatus } from '../../crds/certificate-revocation.ts'
import { conditionType } from '../../crds/reasons.ts'
import type { IssuerReference } from '../../crds/references.ts'
import { toRfc3339, type Instant } from '../../lib/instant.ts'
import { encodePem } from '../../pki/pem.ts'
import type { TargetLeaf } from './world.ts'

/** What is told on the condition Revoked; with a certificate that is to be remembered, or the moment in which the CA took it. */
export interface News {
  readonly reason: string
  readonly message: string
  readonly captured?: TargetLeaf & { readonly certificateName: string; readonly issuerRef: IssuerReference }
  readonly revokedAt?: Instant
}

/** The status after some news; what was remembered stays. */
export function statusWith(before: CertificateRevocationStatus | undefined, news: News, now: Instant): CertificateRevocationStatus {
  const { captured, revokedAt } = news
  const known = before?.conditions?.find(({ type }) => type === conditionType.revoked)
  const status = revokedAt === undefined ? 'False' : 'True'
  const revoked = {
    type: conditionType.revoked,
    status,
    reason: news.reason,
    message: news.message,
    lastTransitionTime: known?.status === status && known.lastTransitionTime !== undefined ? known.lastTransitionTime : toRfc3339(now),
  } as const
  return {
    ...before,
    conditions: [...(before?.conditions ?? []).filter(({ type }) => type !== conditionType.revoked), revoked],
    ...(captured === undefined ? {} : remembered(captured)),
    ...(revokedAt === undefined ? {} : { revokedAt: toRfc3339(revokedAt) }),
  }
}

function remembered({
  serialNumber,
  der,
  certificateName,
  issuerRef,
}: NonNullable<News['captured']>): Partial<CertificateRevocationStatus> {
  return {
    serialNumber,
    certificate: Buffer.from(encodePem('CERTIFICATE', der)).toString('base64'),
    issuerRef,
    ...(certificateName === '' ? {} : { certificateName }),
  }
}
