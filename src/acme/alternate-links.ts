/**
 * The URLs that `Link` headers offer as alternates of what was fetched from `from` (RFC 8555 §7.4.2, RFC 8288), each once, at most ten.
 */
export function alternateLinks(header: string | readonly string[] | undefined, from: string): readonly string[] {
  const text = typeof header === 'string' ? header : (header ?? []).join(', ')
  const urls = [...text.matchAll(/<([^<>]*)>([^,<]*)/g)]
    .filter(([, , parameters]) => isAlternate(parameters ?? ''))
    .flatMap(([, target]) => resolve(target ?? '', from))
  return [...new Set(urls)].slice(0, MOST)
}

const MOST = 10

/** `rel` may list several relations, quoted or not. */
function isAlternate(parameters: string): boolean {
  const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(parameters)
  return (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/).includes('alternate')
}

function resolve(target: string, from: string): readonly string[] {
  return URL.canParse(target, from) ? [new URL(target, from).href] : []
}
