import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')

/** The pages for people, as paths from the root of the repository. */
export function pages(): readonly string[] {
  const atRoot = readdirSync(root).filter((name) => name.endsWith('.md'))
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))
  return [...atRoot, ...docs.map((name) => join('docs', name))].toSorted()
}

export function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

/** The text without fenced code blocks. */
export function prose(markdown: string): string {
  return markdown.replaceAll(/^```[^]*?^```$/gm, '')
}

/** What stands between single backticks. */
export function codeSpans(markdown: string): readonly string[] {
  return [...prose(markdown).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '')
}

/** The cells of each row of all tables, heads and rules left out. */
export function tableRows(markdown: string): readonly (readonly string[])[] {
  return prose(markdown)
    .split('\n')
    .filter((line, at, lines) => line.startsWith('|') && !isRule(line) && !isRule(lines[at + 1] ?? ''))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    )
}

/** The anchors that a page's headings can be reached by. */
export function anchors(markdown: string): ReadonlySet<string> {
  const headings = [...prose(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading ?? '')
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** Whether the path is in the repository. */
export function isThere(path: string): boolean {
  return existsSync(join(root, path))
}

function isRule(line: string): boolean {
  return /^\|(\s*:?-*:?\s*\|)+$/.test(line)
}
