import type { SecretTemplate } from '../../crds/certificate.ts'
import { bad, ok, quoted, type Reading } from './annotation-readers.ts'

/** Reads a secretTemplate in JSON: annotations and labels, and nothing else. */
export function readSecretTemplate(text: string): Reading<SecretTemplate> {
  const json = parsed(text)
  if (!isRecord(json)) return bad('it is no JSON object such as {"labels":{"team":"shop"}}')
  const unknown = Object.keys(json).find((key) => key !== 'annotations' && key !== 'labels')
  if (unknown !== undefined) return bad(`${quoted(unknown)} is neither annotations nor labels`)
  const wrong = Object.entries(json).find(([, part]) => !isTexts(part))
  if (wrong !== undefined) return bad(`${wrong[0]} must map names to texts`)

  const { annotations, labels } = json as { readonly annotations?: Texts | null; readonly labels?: Texts | null }
  const reserved = Object.keys(annotations ?? {}).find((key) => key.startsWith('cert-manager.io/'))
  if (reserved !== undefined) return bad(`the annotation ${quoted(reserved)} is reserved`)
  return ok({ ...given('annotations', annotations), ...given('labels', labels) })
}

type Texts = Readonly<Record<string, string>>

function given<K extends string>(key: K, texts: Texts | null | undefined): { readonly [P in K]?: Texts } {
  const value: { [P in K]?: Texts } = {}
  if (texts !== undefined && texts !== null && Object.keys(texts).length > 0) value[key] = texts
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isTexts(part: unknown): boolean {
  return part === null || (isRecord(part) && Object.values(part).every((value) => typeof value === 'string'))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
