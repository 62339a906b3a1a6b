/** Where the events of a subscription go. */
export interface EventSink {
  /**
   * Sends an event, with the id from which the subscription can be resumed. Returns false if there is no room for another
   * one yet: it then waits for {@link onRoom}, because nothing is kept for a reader who stalls.
   */
  send(id: string, event: object): boolean
  /** Sets what is called each time there is room again. */
  onRoom(act: () => void): void
}

/** Sends what an iterable yields, at the pace of the reader. It must end when the call is aborted. */
export async function sendAll<Event extends object>(
  events: AsyncIterable<Event>,
  idOf: (event: Event) => string,
  sink: EventSink,
  signal: AbortSignal,
): Promise<void> {
  let goOn: (() => void) | undefined
  sink.onRoom(() => goOn?.())
  signal.addEventListener('abort', () => goOn?.())
  for await (const event of events) {
    if (sink.send(idOf(event), event) || signal.aborted) continue
    await new Promise<void>((resolve) => {
      goOn = resolve
    })
  }
}
