/**
 * An async generator whose `return()` aborts the signal that it was created with. A plain generator would first finish its
 * pending `next()`, which for a subscription may take long.
 */
export function cancellable<Event>(
  make: (signal: AbortSignal) => AsyncGenerator<Event, void, undefined>,
  signal?: AbortSignal,
): AsyncGenerator<Event, void, undefined> {
  const cancelled = new AbortController()
  const events = make(signal ? AbortSignal.any([signal, cancelled.signal]) : cancelled.signal)
  const ended = { done: true, value: undefined } as const
  const orEnded = async (next: Promise<IteratorResult<Event, void>>): Promise<IteratorResult<Event, void>> => {
    try {
      return await next
    } catch (error) {
      if (cancelled.signal.aborted) return ended
      throw error
    }
  }
  const cancel = (): Promise<IteratorResult<Event, void>> => {
    cancelled.abort()
    return orEnded(events.return())
  }
  return {
    next: () => orEnded(events.next()),
    return: cancel,
    throw: async (error: unknown) => {
      await cancel()
      throw error
    },
    [Symbol.asyncDispose]: async () => void (await cancel()),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
