/**
 * The events of a generator that is made with a signal; `return()` fires it. A generator alone would first wait for what it
 * waits for, which of a subscription may be long in coming.
 */
export function leavable<Event>(
  make: (signal: AbortSignal) => AsyncGenerator<Event, void, undefined>,
  signal?: AbortSignal,
): AsyncGenerator<Event, void, undefined> {
  const left = new AbortController()
  const events = make(signal ? AbortSignal.any([signal, left.signal]) : left.signal)
  const ended = { done: true, value: undefined } as const
  const orEnded = async (next: Promise<IteratorResult<Event, void>>): Promise<IteratorResult<Event, void>> => {
    try {
      return await next
    } catch (error) {
      if (left.signal.aborted) return ended
      throw error
    }
  }
  const leave = (): Promise<IteratorResult<Event, void>> => {
    left.abort()
    return orEnded(events.return())
  }
  return {
    next: () => orEnded(events.next()),
    return: leave,
    throw: async (error: unknown) => {
      await leave()
      throw error
    },
    [Symbol.asyncDispose]: async () => void (await leave()),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
