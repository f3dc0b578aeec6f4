/**
 * The annotations that are carried over from a Certificate to its CertificateRequest and on to the Order, by the rule of
 * `--copied-annotation-prefixes`: `*` copies all, a prefix copies what begins with it, `-prefix` leaves that out again.
 */
export function copiedAnnotations(
  annotations: Readonly<Record<string, string>>,
  prefixes: readonly string[],
): Readonly<Record<string, string>> {
  const wanted = prefixes.filter((prefix) => !prefix.startsWith('-'))
  const unwanted = prefixes.filter((prefix) => prefix.startsWith('-')).map((prefix) => prefix.slice(1))
  const isCopied = (key: string): boolean =>
    (wanted.includes('*') || wanted.some((prefix) => key.startsWith(prefix))) && !unwanted.some((prefix) => key.startsWith(prefix))
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => isCopied(key)))
}
