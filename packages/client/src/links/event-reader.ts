import { createParser, type EventSourceMessage, type ParseError } from 'eventsource-parser'
import type { HttpResponse } from './http.ts'

/** A longer one is no event of ours. */
const MAX_EVENT_CHARACTERS = 16 * 2 ** 20

/**
 * What a subscription sends on one connection, message by message, until the connection ends or is cut: which of the two
 * it was can only be told from the messages.
 */
export async function* readEvents(response: HttpResponse): AsyncGenerator<EventSourceMessage, void, undefined> {
  const messages: EventSourceMessage[] = []
  const parser = createParser({
    maxBufferSize: MAX_EVENT_CHARACTERS,
    onEvent: (message) => messages.push(message),
    onError: (error: ParseError) => {
      // Fields that are not known are passed over, as everywhere.
      if (error.type === 'max-buffer-size-exceeded') throw error
    },
  })
  const decoder = new TextDecoder()
  for await (const chunk of response.chunks()) {
    parser.feed(decoder.decode(chunk, { stream: true }))
    yield* messages.splice(0)
  }
}
