import { createParser, type EventSourceMessage, type ParseError } from 'eventsource-parser'
import type { HttpResponse } from './http.ts'

/** Maximum size of an event from a stockdb server. */
const MAX_EVENT_CHARACTERS = 16 * 2 ** 20

/**
 * The messages of a subscription on one connection, until it ends or is cut; only the messages show which.
 */
export async function* readEvents(response: HttpResponse): AsyncGenerator<EventSourceMessage, void, undefined> {
  const messages: EventSourceMessage[] = []
  const parser = createParser({
    maxBufferSize: MAX_EVENT_CHARACTERS,
    onEvent: (message) => messages.push(message),
    onError: (error: ParseError) => {
      // Unknown fields are ignored, as specified.
      if (error.type === 'max-buffer-size-exceeded') throw error
    },
  })
  const decoder = new TextDecoder()
  for await (const chunk of response.chunks()) {
    parser.feed(decoder.decode(chunk, { stream: true }))
    yield* messages.splice(0)
  }
}
