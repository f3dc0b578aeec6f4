/** The URLs to which the `Link` headers (RFC 8288) of an answer from `from` lead by this relation, each once, at most ten. */
export function linkTargets(
  header: string | readonly string[] | undefined,
  { from, relation }: { readonly from: string; readonly relation: string },
): readonly string[] {
  const text = typeof header === 'string' ? header : (header ?? []).join(', ')
  const urls = [...text.matchAll(/<([^<>]*)>([^,<]*)/g)]
    .filter(([, , parameters]) => relationsIn(parameters ?? '').includes(relation))
    .flatMap(([, target]) => resolve(target ?? '', from))
  return [...new Set(urls)].slice(0, MOST)
}

const MOST = 10

/** `rel` may list several relations, quoted or not. */
function relationsIn(parameters: string): readonly string[] {
  const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(parameters)
  return (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/)
}

function resolve(target: string, from: string): readonly string[] {
  return URL.canParse(target, from) ? [new URL(target, from).href] : []
}
