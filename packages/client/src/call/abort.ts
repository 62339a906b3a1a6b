/**
 * Calls `act` when the signal fires, or immediately if it has fired. Returns a function that stops listening; call it
 * when the work has ended, because a signal may be reused for many calls.
 */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) {
    act()
    return () => {}
  }
  signal.addEventListener('abort', act, { once: true })
  return () => signal.removeEventListener('abort', act)
}

/**
 * A promise that `start` settles, or that rejects with the signal's reason if it fires first. `start` returns a cleanup
 * function, called when the promise settles; it must call `resolve` asynchronously.
 */
export function untilAborted(signal: AbortSignal, start: (resolve: () => void) => () => void): Promise<void> {
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, () => {
      cleanUp()
      reject(signal.reason)
    })
    const cleanUp = start(() => {
      stopListening()
      cleanUp()
      resolve()
    })
  })
}

/** Waits; rejects with the signal's reason when it fires. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return untilAborted(signal, (resolve) => {
    const timer = setTimeout(resolve, ms)
    return () => clearTimeout(timer)
  })
}
