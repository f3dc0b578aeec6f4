import { isIP } from 'node:net'

import { addressKind } from '../lib/address-kind.ts'
import { connectionFault } from '../lib/connection-fault.ts'
import { SECOND } from '../lib/instant.ts'
import type { SelfCheckResult } from './solver.ts'
import type { Resolve } from './http01/resolver.ts'

/** What can be seen of an answer from here. */
export type View =
  | { readonly kind: 'right' }
  /** The name has no address. */
  | { readonly kind: 'unresolved'; readonly why: string }
  /** We could not look: no resolver, or no address answered. */
  | { readonly kind: 'unseen'; readonly why: string }
  /** Something else stands there. */
  | { readonly kind: 'wrong'; readonly why: string }

export interface Fault {
  readonly kind: 'unseen' | 'wrong'
  readonly why: string
}

/** What is wrong with the answer at one address; undefined: nothing. Never throws. */
export type Probe = (address: string) => Promise<Fault | undefined>

export type Addresses = { readonly kind: 'some'; readonly list: readonly string[] } | Extract<View, { kind: 'unresolved' | 'unseen' }>

/** How long one connection may take, in milliseconds. */
export const ANSWER_WITHIN = 3 * SECOND
const MAX_ADDRESSES = 6

/** Looks as the CA would, at each address that the name has. It is right when all of them give the answer: the CA picks one. Never throws. */
export async function viewName(name: string, resolve: Resolve, probe: Probe, signal: AbortSignal): Promise<View> {
  const addresses = await addressesOf(name, resolve, signal)
  return addresses.kind === 'some' ? viewAddresses(addresses.list, probe) : addresses
}

/** The same at given addresses, whatever the name resolves to. */
export async function viewAddresses(addresses: readonly string[], probe: Probe): Promise<View> {
  const asked = addresses.slice(0, MAX_ADDRESSES)
  const faults = await Promise.all(
    asked.map(async (address) => ({ address, fault: isLinkLocal(address) ? refused : await probe(address) })),
  )
  const bad = faults.flatMap(({ address, fault }) => (fault === undefined ? [] : [{ address, ...fault }]))
  if (bad.length === 0) return { kind: 'right' }
  // Where something answered, the CA would be answered the same.
  const kind = bad.some((fault) => fault.kind === 'wrong') ? 'wrong' : 'unseen'
  return { kind, why: bad.map(({ address, why }) => `${address}: ${why}`).join('; ') }
}

/** When the name gives the answer: what each replica that may be asked as well gives. One that cannot be reached may be gone already. */
export function replicasResult(view: View): SelfCheckResult {
  if (view.kind === 'right') return { kind: 'passed' }
  return {
    kind: 'failed',
    why: `the name gives the answer, but not every replica of the operator: ${view.why}`,
    isInconclusive: view.kind !== 'wrong',
  }
}

/** The addresses of a name, or the address that it is. */
export async function addressesOf(name: string, resolve: Resolve, signal: AbortSignal): Promise<Addresses> {
  if (isIP(name) !== 0) return { kind: 'some', list: [name] }
  const resolution = await resolve(name, signal)
  if (resolution.kind === 'unknown') return { kind: 'unseen', why: `the address of ${name} could not be looked up` }
  return resolution.addresses.length === 0
    ? { kind: 'unresolved', why: `${name} has no address` }
    : { kind: 'some', list: resolution.addresses.toSorted() }
}

/** Something answers, and the CA would be answered the same. */
export function wrong(why: string): Fault {
  return { kind: 'wrong', why }
}

/** Why nothing could be seen; see `connectionFault`. */
export function faultOf(error: unknown, deadline: AbortSignal): string {
  return deadline.aborted ? `no answer within ${ANSWER_WITHIN / SECOND} s` : connectionFault(error)
}

/** 169.254.0.0/16 and fe80::/10: no public page lives there, but the metadata services of clouds do. */
export function isLinkLocal(address: string): boolean {
  return addressKind(address) === 'link-local'
}

/** Asked of nobody. */
export const refused: Fault = wrong('link-local addresses are not asked')
