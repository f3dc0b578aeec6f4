/** What one annotation says, or why it says nothing. */
export type Reading<T> = { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'bad'; readonly why: string }

/** How the text of one annotation becomes a value. */
export interface AnnotationReader<T> {
  readonly key: string
  readonly read: (text: string) => Reading<T>
}

export type AnnotationReaders = Readonly<Record<string, AnnotationReader<unknown>>>

export type AnnotationValues<Readers> = {
  readonly [K in keyof Readers]?: Readers[K] extends AnnotationReader<infer T> ? T : never
}

/** Reads all annotations that `readers` know and that are there; each problem names its annotation. */
export function readAnnotations<Readers extends AnnotationReaders>(
  readers: Readers,
  annotations: Readonly<Record<string, string>>,
): { readonly values: AnnotationValues<Readers>; readonly problems: readonly string[] } {
  const values: [string, unknown][] = []
  const problems: string[] = []
  for (const [name, { key, read }] of Object.entries(readers)) {
    const text = annotations[key]
    if (text === undefined) continue
    const reading = read(text)
    if (reading.kind === 'ok') values.push([name, reading.value])
    else problems.push(`${key}: ${reading.why}`)
  }
  return { values: Object.fromEntries(values) as AnnotationValues<Readers>, problems }
}

/** The annotation has a value. */
export function ok<T>(value: T): Reading<T> {
  return { kind: 'ok', value }
}

/** The annotation cannot be read, and why. */
export function bad(why: string): Reading<never> {
  return { kind: 'bad', why }
}

/** The value in quotes, cut short: it stands in an Event. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
