import { StockdbError, signsOfLife } from '@stockdb/contract'
import type { EventSourceMessage } from 'eventsource-parser'
import { classified, errorOf } from '../errors.ts'
import { pause, pauseMs, withRetries } from '../retry.ts'
import { TimeLimit } from '../time-limit.ts'
import { readEvents } from './event-reader.ts'
import { errorOfShape, requestEvents, rootMessage, type Transport } from './transport.ts'

/** An event under the id after which the server goes on when it is asked to. */
export interface SubscriptionEvent {
  readonly id: string
  readonly data: unknown
}

export interface SubscriptionOptions {
  /** How often the first connection is tried again. Later ones are tried until `timeoutMs` has passed. */
  readonly retries: number
  /** The longest time without a sign of life. */
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  /** Called for every connection that was made. */
  readonly onConnected?: () => void
}

/**
 * The events of a subscription. Where a connection is cut, goes silent or is ended by a server that stops, the next one goes
 * on after the last event that came, for as long as `timeoutMs` allows; then the error is thrown by which it failed. Errors
 * that are not retryable are thrown at once, and the signal's as a `CancelledError`. Leaving the loop ends the subscription.
 */
export async function* subscribe(
  transport: Transport,
  path: string,
  input: object,
  { retries, timeoutMs, signal, onConnected }: SubscriptionOptions,
): AsyncGenerator<SubscriptionEvent, void, undefined> {
  const limit = new TimeLimit(timeoutMs, signal)
  let lastEventId: string | undefined
  let connected = false
  let failure: StockdbError | undefined
  try {
    for (let attempt = 0; ; attempt++) {
      const silence = new TimeLimit(signsOfLife.silentMs, limit.signal)
      const renew = (): void => {
        silence.renew()
        limit.renew()
      }
      try {
        const response = await withRetries(connected ? Number.POSITIVE_INFINITY : retries, silence.signal, () =>
          requestEvents(transport, path, lastEventId === undefined ? input : { ...input, lastEventId }, silence.signal),
        )
        connected = true
        onConnected?.()
        for await (const message of readEvents(response)) {
          renew()
          const event = eventOf(message)
          if (event === 'end') return
          if (!event) continue
          lastEventId = event.id
          attempt = 0
          failure = undefined
          silence.pause()
          limit.pause()
          yield event
          renew()
        }
        failure = errorOf('UNREACHABLE', 'the connection of the subscription was cut')
      } catch (error) {
        if (limit.signal.aborted) throw error
        failure = silence.signal.aborted
          ? errorOf('UNREACHABLE', `nothing was heard of the server for ${signsOfLife.silentMs / 1_000} s`)
          : known(error)
        if (!failure.retryable || !connected) throw failure
      } finally {
        silence.stop()
      }
      await pause(pauseMs(attempt, failure.retryAfterMs), limit.signal)
    }
  } catch (error) {
    if (!limit.signal.aborted) throw error
    const { reason } = limit.signal
    // That time is over says less than why it went by.
    throw failure && reason.code === 'CALL_TIMEOUT' ? failure : reason
  } finally {
    limit.stop()
  }
}

/** The event that a message of tRPC's stands for; nothing for signs of life. Throws the error that it stands for. */
function eventOf({ event, id = '', data }: EventSourceMessage): SubscriptionEvent | 'end' | undefined {
  if (event === undefined) return { id, data: JSON.parse(data) }
  if (event === 'return') return 'end'
  if (event === 'serialized-error')
    throw errorOfShape(JSON.parse(data)) ?? errorOf('INTERNAL', 'the subscription failed')
  return undefined
}

function known(error: unknown): StockdbError {
  if (error instanceof StockdbError) return classified(error)
  return errorOf('UNREACHABLE', `the connection of the subscription was cut: ${rootMessage(error)}`, { cause: error })
}
