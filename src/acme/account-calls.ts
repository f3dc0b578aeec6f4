import type { KeyObject } from 'node:crypto'
import { AcmeError } from './acme-error.ts'
import { parseAccount } from './account.ts'
import type { Account } from './account.ts'
import { parseAccountKey } from './account-key.ts'
import type { AccountKey } from './account-key.ts'
import type { AcmeClient } from './client.ts'
import { parseJson } from './json.ts'
import { signExternalAccountBinding, signJws } from './jws.ts'
import { headerOf } from './refusal.ts'
import { accountUrlOf } from './session.ts'
import type { Session, SignedRequest } from './session.ts'
import type { AcmeReply } from './transport.ts'

type AccountCalls = Pick<AcmeClient, 'createAccount' | 'account' | 'updateAccount' | 'changeKey' | 'deactivateAccount'>

/** The calls about the account itself (RFC 8555 §7.3). */
export function accountCalls(session: Session): AccountCalls {
  const { identity } = session
  const ask = async (request: Pick<SignedRequest, 'action' | 'payload'>, signal: AbortSignal): Promise<Account> => {
    const url = accountUrlOf(identity)
    return accountOf(await session.post({ ...request, url }, signal), { url, isNew: false })
  }
  return {
    createAccount: async (input, signal) => {
      const { newAccount } = await session.directory(signal)
      const payload = {
        ...(input.onlyReturnExisting === true
          ? { onlyReturnExisting: true }
          : { termsOfServiceAgreed: true, ...(input.contact.length === 0 ? {} : { contact: input.contact }) }),
        ...(input.eab === undefined ? {} : { externalAccountBinding: signExternalAccountBinding(input.eab, newAccount, identity.key) }),
      }
      const reply = await session.post({ action: 'register_account', url: newAccount, payload, signedBy: identity.key }, signal)
      const url = headerOf(reply, 'location')
      if (url === undefined) throw new AcmeError('acme/protocol', 'the ACME server did not say where the account is')
      identity.accountUrl = url
      return accountOf(reply, { url, isNew: reply.status === 201 })
    },
    account: (signal) => ask({ action: 'get_registration' }, signal),
    updateAccount: ({ contact }, signal) => ask({ action: 'update_registration', payload: { contact } }, signal),
    deactivateAccount: (signal) => ask({ action: 'deactivate_account', payload: { status: 'deactivated' } }, signal),
    changeKey: async (newKey, signal) => {
      identity.key = await changedKey(session, accountKeyOf(newKey), signal)
    },
  }
}

/** The key as one that may sign. Throws `acme/unsupported` for a kind that ACME has no signature for; see `parseAccountKey`. */
export function accountKeyOf(key: KeyObject): AccountKey {
  const parsed = parseAccountKey(key)
  if (parsed.kind === 'unreadable') throw new AcmeError('acme/unsupported', parsed.why)
  return parsed.key
}

/** RFC 8555 §7.3.5: the new key signs that it wants the account, the old key signs that it may have it. */
async function changedKey(session: Session, newKey: AccountKey, signal: AbortSignal): Promise<AccountKey> {
  const { keyChange } = await session.directory(signal)
  if (keyChange === undefined) throw new AcmeError('acme/unsupported', 'this ACME server cannot change the key of an account')
  const wish = { account: accountUrlOf(session.identity), oldKey: session.identity.key.jwk }
  const payload = await signJws(wish, { url: keyChange }, newKey)
  await session.post({ action: 'change_key', url: keyChange, payload }, signal)
  return newKey
}

function accountOf(reply: AcmeReply, from: { readonly url: string; readonly isNew: boolean }): Account {
  const account = parseAccount(parseJson(reply.body), from)
  if (account === undefined) throw new AcmeError('acme/protocol', 'the answer is not an ACME account')
  return account
}
