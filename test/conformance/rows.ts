/** One line of the table: the specs of the suite whose full name matches, unless a row above has taken them. */
export interface Row {
  /** As in `GROUP=`. */
  readonly name: string
  readonly title: string
  readonly pattern: RegExp
  /** Why these specs are not run; undefined: they are. */
  readonly notRun?: string
  /** Why it cannot run beside the others: its specs disturb each other, or it needs an operator that starts solver pods. */
  readonly apart?: 'one-by-one' | 'solver-pods'
}

const notBuilt = 'not built yet'

/** In the order in which they take specs. The last one takes what is left. */
export const rows: readonly Row[] = [
  { name: 'public', title: 'ACME servers on the internet', pattern: /Public ACME/, notRun: 'nothing here talks to the internet' },
  { name: 'vault', title: 'Vault', pattern: /Vault/, notRun: notBuilt },
  {
    name: 'venafi',
    title: 'Venafi',
    pattern: /Venafi|with a properly configured Issuer/,
    notRun: 'needs an account with its maker; the suite skips them by itself',
  },
  { name: 'pods', title: 'Solver pods', pattern: /recreate challenge pod/, apart: 'solver-pods' },
  {
    name: 'conversion',
    title: 'CA injector: conversion webhooks',
    pattern: /for conversion webhooks/,
    notRun: 'the suite skips them by itself',
  },
  { name: 'requester', title: 'Who asked for a certificate', pattern: /UserInfo CertificateRequests/ },
  {
    name: 'admission',
    title: 'Refusals in the words of the webhook; approval of kinds with an odd plural',
    pattern: /Approval CertificateRequests|supplied with an .otherName|Should not allow unknown RDN component/,
    notRun: 'there is no webhook; see below',
  },
  { name: 'injector', title: 'CA injector', pattern: /CA Injector/ },
  {
    name: 'shim',
    title: 'Certificates from Ingresses, Gateways and ListenerSets',
    pattern: /Creating a (?:Gateway|ListenerSet) with|defined by an ingress|putting an annotation on an ingress/,
  },
  { name: 'ari', title: 'Renewal information (ARI) in the status', pattern: /Renewal Information \(ARI\)/ },
  { name: 'dns-webhook', title: 'DNS-01 by webhook', pattern: /ACME webhook DNS provider/ },
  { name: 'dns01', title: 'DNS-01', pattern: /DNS01/ },
  {
    name: 'signing-requests-secret',
    title: 'CertificateSigningRequests with one Secret in the cluster resource namespace',
    pattern: /CertificateSigningRequests SelfSigned Secret ClusterIssuer/,
    apart: 'one-by-one',
  },
  { name: 'signing-requests', title: 'CertificateSigningRequests', pattern: /CertificateSigningRequest/ },
  { name: 'http01-gateway', title: 'HTTP-01, Gateway', pattern: /HTTP01 (?:Cluster)?Issuer \(Gateway\)/ },
  {
    name: 'accounts',
    title: 'ACME accounts and refusals',
    pattern:
      /\] ACME Issuer |not supported by the ACME server|should fail to obtain a certificate for (?:a blocked|an invalid) ACME dns name/,
  },
  { name: 'http01-ingress', title: 'HTTP-01, Ingress', pattern: /ACME/ },
  { name: 'external', title: 'External issuer', pattern: /External (?:Cluster)?Issuer/ },
  { name: 'rbac', title: 'Roles for people', pattern: /\[RBAC\]/ },
  { name: 'ca', title: 'CA and self-signed issuers, formats, templates', pattern: /^/ },
]

/** The row that a spec belongs to. */
export function rowOf(spec: string): Row {
  const row = rows.find(({ pattern }) => pattern.test(spec))
  if (row === undefined) throw new Error(`no row takes the spec "${spec}"`)
  return row
}

/** The rows of a list as in `GROUP=ca,rbac`; all that can be run when it is empty. Throws with the known names. */
export function rowsNamed(list: string): readonly Row[] {
  if (list === '') return rows.filter(({ notRun }) => notRun === undefined)
  return list.split(',').map((name) => {
    const row = rows.find((known) => known.name === name.trim())
    if (row === undefined) throw new Error(`"${name}" is not a group; there are ${rows.map((known) => known.name).join(', ')}`)
    return row
  })
}

/** Rows whose specs run at once. */
export interface Turn {
  /** That of its only row, or `together`. */
  readonly name: string
  readonly rows: readonly Row[]
  readonly apart: Row['apart']
}

/** All rows in as few turns as there can be. Those in need of solver pods come last, because the operator is another one from then on. */
export function turnsOf(wanted: readonly Row[]): readonly Turn[] {
  const together = wanted.filter(({ apart }) => apart === undefined)
  const [first] = together
  const name = first !== undefined && together.length === 1 ? first.name : 'together'
  const alone = (reason: Row['apart']): readonly Turn[] =>
    wanted.filter(({ apart }) => apart === reason).map((row) => ({ name: row.name, rows: [row], apart: reason }))
  return [...(first === undefined ? [] : [{ name, rows: together, apart: undefined }]), ...alone('one-by-one'), ...alone('solver-pods')]
}
