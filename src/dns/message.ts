/** The parts of a DNS message that proving control of a name needs (RFC 1035 §4), parsed. */
export interface DnsMessage {
  readonly id: number
  readonly isAnswer: boolean
  readonly opcode: number
  /** Whether the server that answered holds the zone (AA). */
  readonly isAuthoritative: boolean
  /** Whether there is more, to be had over TCP. */
  readonly isTruncated: boolean
  readonly rcode: number
  readonly question: Question | undefined
  readonly answers: readonly DnsRecord[]
  readonly authorities: readonly DnsRecord[]
}

export interface Question {
  readonly name: string
  readonly type: RecordType
}

export type DnsRecord = {
  readonly name: string
  /** In seconds. */
  readonly ttl: number
} & RecordContent

export type RecordContent =
  | { readonly type: 'TXT'; readonly value: string }
  | { readonly type: 'CNAME' | 'NS'; readonly target: string }
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'SOA' }
  | { readonly type: 'other' }

export const recordTypes = { A: 1, NS: 2, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28 } as const
export type RecordType = keyof typeof recordTypes

export const opcodes = { query: 0, update: 5 } as const
export const classes = { internet: 1, none: 254, any: 255 } as const
export const rcodes = { noError: 0, noSuchName: 3 } as const

const rcodeNames: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
  16: 'BADSIG',
  17: 'BADKEY',
  18: 'BADTIME',
}

/** The name of a response code, as tools print it. */
export function rcodeName(rcode: number): string {
  return rcodeNames[rcode] ?? `RCODE ${rcode}`
}

/** Whether an answer says what there is, or that there is nothing. */
export function isDefinite({ rcode }: DnsMessage): boolean {
  return rcode === rcodes.noError || rcode === rcodes.noSuchName
}
