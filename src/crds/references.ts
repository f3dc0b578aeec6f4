import type { Rule, TypeOf } from './schema.ts'
import { list, object, required, text } from './schema.ts'

const both: Rule = {
  rule: "self.name != '' && has(self.key) && self.key != ''",
  message: 'name and key are both needed: the Secret and the key in its data',
}

const name = required(text('Name of the Secret; in the namespace of the object, or for a ClusterIssuer the cluster resource namespace.'))
const key = text('Key in the data of the Secret.')

/** One key of a Secret; the key may have a default where it is used. */
export const secretKeySelector = object('One key of a Secret.', { name, key })
export interface SecretKeySelector extends TypeOf<typeof secretKeySelector> {}

/** One key of a Secret, where both parts must be named. */
export const namedSecretKey = object('One key of a Secret.', { name, key }, { rules: [both] })

/** A Secret as a whole. */
export const secretReference = object('A Secret.', { name })
export interface SecretReference extends TypeOf<typeof secretReference> {}

/** A service account for which the operator asks for short-lived tokens. */
export const serviceAccountReference = object('A service account; the operator must be allowed to create tokens for it.', {
  name: required(text('Name of the service account.')),
  audiences: list(text(), 'More audiences for the token, besides the default ones.'),
})
export interface ServiceAccountReference extends TypeOf<typeof serviceAccountReference> {}

const issuerFields = {
  name: required(text('Name of the issuer.')),
  kind: text('Issuer (the default), ClusterIssuer, or a kind of the group below.'),
  group: text('API group of the issuer; cert-manager.io by default.'),
}

/** Who signs. */
export const issuerReference = object('The issuer that signs.', issuerFields)
export interface IssuerReference extends TypeOf<typeof issuerReference> {}

/** Who signs, where a user writes it. */
export const checkedIssuerReference = object('The issuer that signs.', issuerFields, {
  rules: [
    { rule: "self.name != ''", message: 'name the issuer that signs', fieldPath: '.name' },
    {
      rule: "(has(self.group) && !(self.group in ['', 'cert-manager.io'])) || !has(self.kind) || self.kind in ['', 'Issuer', 'ClusterIssuer']",
      message: 'kind must be Issuer or ClusterIssuer; for an external issuer set group too',
      fieldPath: '.kind',
    },
  ],
})
