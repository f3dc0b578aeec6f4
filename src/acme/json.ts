/** A JSON object, whose fields are still to be judged one by one. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text itself; undefined for anything that is no text. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** A text that may be a URL of an order, a challenge or a certificate; undefined for one so long that it would not fit where it is kept. */
export function asUrl(value: unknown): string | undefined {
  const text = asText(value)
  return text === undefined || text.length > LONGEST_URL ? undefined : text
}

const LONGEST_URL = 2_048

/** The list itself when it holds nothing but texts. */
export function asTexts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined
}

/** The list itself when it holds nothing but such URLs, and not more of them than any order has names. */
export function asUrls(value: unknown): readonly string[] | undefined {
  const urls = asTexts(value)
  return urls !== undefined && urls.length <= MOST_URLS && urls.every((url) => url.length <= LONGEST_URL) ? urls : undefined
}

const MOST_URLS = 1_000

/** The value that a JSON text stands for; undefined when it does not parse. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
