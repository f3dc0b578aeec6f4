import { accountKeyOf } from './account-calls.ts'
import { AcmeError } from './acme-error.ts'
import type { AcmeClient } from './client.ts'
import { parseJson } from './json.ts'
import { linkTargets } from './link-targets.ts'
import { parsePemChain } from './pem-chain.ts'
import { retryAfterOf } from './refusal.ts'
import { parseRenewalInfo } from './renewal-info.ts'
import type { Session } from './session.ts'

type CertificateCalls = Pick<AcmeClient, 'certificate' | 'renewalInfo' | 'revoke'>

/** The calls about certificates that were issued (RFC 8555 §7.4.2, §7.6; RFC 9773). */
export function certificateCalls(session: Session): CertificateCalls {
  return {
    certificate: async (url, signal) => {
      const accept = 'application/pem-certificate-chain'
      const reply = await session.post({ action: 'fetch_cert', url, accept, maxBytes: LARGEST_CHAIN }, signal)
      const chain = parsePemChain(reply.body)
      if (chain === undefined) throw new AcmeError('acme/protocol', 'the answer is not a chain of certificates in PEM')
      // RFC 8555 §7.4.2.
      return { chain, alternates: linkTargets(reply.headers['link'], { from: reply.url, relation: 'alternate' }) }
    },
    renewalInfo: async (certId, signal) => {
      const { renewalInfo } = await session.directory(signal)
      if (renewalInfo === undefined) throw new AcmeError('acme/unsupported', 'this ACME server suggests no renewal times (ARI)')
      // RFC 9773 §4.1: plain GET, so that no account is needed.
      const reply = await session.get({ action: 'get_renewal_info', url: `${renewalInfo.replace(/\/$/, '')}/${certId}` }, signal)
      const suggestion = parseRenewalInfo(parseJson(reply.body), retryAfterOf(reply, session.clock.now()))
      if (suggestion === undefined) throw new AcmeError('acme/protocol', 'the answer is not a renewal window')
      return suggestion
    },
    revoke: async (certificateDer, { reason, certificateKey }, signal) => {
      const { revokeCert } = await session.directory(signal)
      if (revokeCert === undefined) throw new AcmeError('acme/unsupported', 'this ACME server revokes no certificates')
      const certificate = Buffer.from(certificateDer).toString('base64url')
      const payload = { certificate, ...(reason === undefined ? {} : { reason }) }
      const signedBy = certificateKey === undefined ? {} : { signedBy: accountKeyOf(certificateKey) }
      try {
        await session.post({ action: 'revoke_cert', url: revokeCert, payload, ...signedBy }, signal)
      } catch (error) {
        // What was wanted is so already: the answer to an earlier call was lost, or somebody else was faster.
        if (!(error instanceof AcmeError && error.code === 'acme/alreadyRevoked')) throw error
      }
    },
  }
}

const LARGEST_CHAIN = 512 * 1024
