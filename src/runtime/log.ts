/** What the operator writes its log lines to; pino has this shape. `fields` never hold a secret unless it is `Redacted`. */
export interface Log {
  readonly debug: LogLine
  readonly info: LogLine
  readonly warn: LogLine
  readonly error: LogLine
}

export type LogLine = (fields: object, message: string) => void

/** A log that keeps nothing. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
