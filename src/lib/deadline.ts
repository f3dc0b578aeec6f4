/** A signal with an end of its own. */
export interface Deadline {
  readonly signal: AbortSignal
  /** Nobody waits any more. Call it always: until then the timer runs. */
  readonly end: () => void
}

/**
 * A signal that aborts when `signal` does, or after so many milliseconds. Unlike `AbortSignal.timeout` it can be ended: that one keeps whatever
 * listens to it until its time is over, and thousands of looks that end in a moment would pile up in memory for seconds.
 */
export function deadlineOf(signal: AbortSignal, milliseconds: number): Deadline {
  const controller = new AbortController()
  const follow = (): void => controller.abort(signal.reason)
  const expire = (): void => controller.abort(new DOMException(`not within ${milliseconds} ms`, 'TimeoutError'))
  const timer = setTimeout(expire, milliseconds)
  if (signal.aborted) follow()
  else signal.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', follow)
    },
  }
}
