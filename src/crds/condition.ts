import type { Rule, TypeOf } from './schema.ts'
import { choice, integer, keyedList, object, required, text, time } from './schema.ts'

const fields = {
  type: required(text('What the condition is about.')),
  status: required(choice(['True', 'False', 'Unknown'], 'Whether it holds.')),
  reason: text('Why, in one word for programs.'),
  message: text('Why, in a sentence for people.'),
  lastTransitionTime: time('When status last changed.'),
}

const condition = object('One thing that is known about the object.', {
  ...fields,
  observedGeneration: integer('The metadata.generation that this was found for.', { format: 'int64' }),
})
export interface Condition extends TypeOf<typeof condition> {}

/** The conditions of a kind, one per type. */
export const conditions = keyedList(condition, ['type'], 'What is known about the object, one entry per type.')

/** The same without `observedGeneration`, which a CertificateRequest does not have, and with rules. */
export function conditionsWithoutGeneration({ ofItem, ofList }: { readonly ofItem: readonly Rule[]; readonly ofList: readonly Rule[] }) {
  const item = object('One thing that is known about the object.', fields, { rules: ofItem })
  return keyedList(item, ['type'], 'What is known about the object, one entry per type.', { rules: ofList })
}
