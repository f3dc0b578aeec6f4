/** A line of the log as people read it, in the form of Kubernetes' own programs: `I1122 04:35:16.123000       1 orders] "message" key="web"`. */
export function textLine(json: string, processId: number): string {
  const { level, time, msg, controller, ...fields } = JSON.parse(json) as Readonly<Record<string, unknown>>
  const at = typeof time === 'string' ? time : ''
  const head = `${letters[String(level)] ?? 'I'}${at.slice(5, 7)}${at.slice(8, 10)} ${at.slice(11, 23)}000`
  const told = Object.entries(fields).map(([key, value]) => ` ${key}=${valueText(value)}`)
  return `${head} ${String(processId).padStart(7)} ${String(controller ?? 'certwright')}] ${JSON.stringify(msg)}${told.join('')}\n`
}

const letters: Readonly<Record<string, string>> = { debug: 'I', info: 'I', warn: 'W', error: 'E' }

/** An error is its message and its stack; a line break would end the line for whoever collects it. */
function valueText(value: unknown): string {
  const isError = typeof value === 'object' && value !== null && 'stack' in value && typeof value.stack === 'string'
  return JSON.stringify(isError ? value.stack : value)
}
