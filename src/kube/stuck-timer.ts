export interface StuckTimer {
  readonly signal: AbortSignal
  readonly refresh: () => void
  /** The list is complete; the signal goes on to follow. */
  readonly finish: () => void
  readonly release: () => void
  readonly hasFired: () => boolean
}

/** A signal that follows `signal`, and is aborted as well when a list in progress is not refreshed for `listIdleMs`. undefined: no list. */
export function stuckTimer(signal: AbortSignal, listIdleMs: number | undefined): StuckTimer {
  const controller = new AbortController()
  let hasFired = false
  const follow = (): void => controller.abort(signal.reason)
  const fire = (): void => {
    hasFired = true
    controller.abort(new Error('the streaming list got stuck'))
  }
  const timer = listIdleMs === undefined ? undefined : setTimeout(fire, listIdleMs)
  signal.addEventListener('abort', follow, { once: true })
  if (signal.aborted) follow()
  return {
    signal: controller.signal,
    refresh: () => void timer?.refresh(),
    finish: () => clearTimeout(timer),
    release: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', follow)
    },
    hasFired: () => hasFired,
  }
}
