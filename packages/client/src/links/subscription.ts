import { StockdbError, signsOfLife } from '@stockdb/contract/wire'
import type { EventSourceMessage } from 'eventsource-parser'
import { sleep } from '../call/abort.ts'
import { Deadline } from '../call/deadline.ts'
import { mayTryAgain, pauseMs } from '../call/retry.ts'
import { classified, errorOf } from '../errors.ts'
import { readEvents } from './event-reader.ts'
import { errorOfShape, requestEvents, type Transport } from './transport.ts'
import { rootMessage } from './unreachable.ts'

/** An event, under the id after which the server goes on when it is asked to. */
export interface SubscriptionEvent {
  readonly id: string
  readonly data: unknown
}

/** What is heard on a connection: that it was made, a sign of life, an event, or that the server has nothing more to tell. */
type Heard = 'connected' | 'alive' | 'end' | SubscriptionEvent

export interface SubscriptionOptions {
  /** How often the first connection is tried again. Later ones are tried until `timeoutMs` has passed. */
  readonly retries: number
  /** The longest time without an event or a sign of life. */
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/**
 * The events of a subscription, and `connected` for each connection that was made. Where one is cut, goes silent or is ended
 * by a server that stops, the next one goes on after the last event that came, for as long as `timeoutMs` allows; then the
 * error is thrown by which the last one failed. Errors that are not retryable are thrown at once, and the signal's as a
 * `CancelledError`.
 */
export async function* subscribe(
  transport: Transport,
  path: string,
  input: object,
  { retries, timeoutMs, signal }: SubscriptionOptions,
): AsyncGenerator<SubscriptionEvent | 'connected', void, undefined> {
  const deadline = new Deadline(timeoutMs, signal)
  let lastEventId: string | undefined
  let heardOnce = false
  /** Since the last sign of life: connections that failed, and by what the last of them did. */
  let attempt = 0
  let failure: StockdbError | undefined
  try {
    while (true) {
      try {
        const wish = lastEventId === undefined ? input : { ...input, lastEventId }
        for await (const heard of hear(transport, path, wish, deadline.signal)) {
          if (heard === 'end') return
          if (heard === 'connected') {
            // No sign of life: a server may take one connection after the other and say nothing more.
            yield heard
            continue
          }
          heardOnce = true
          attempt = 0
          failure = undefined
          deadline.restart()
          if (heard === 'alive') continue
          if (heard.id !== '') lastEventId = heard.id
          deadline.pause()
          yield heard
          deadline.signal.throwIfAborted()
          deadline.restart()
        }
      } catch (error) {
        if (deadline.signal.aborted || !(error instanceof StockdbError)) throw error
        if (!(heardOnce ? error.retryable : mayTryAgain(error, attempt, retries))) throw error
        failure = error
      }
      await sleep(pauseMs(attempt++, failure?.retryAfterMs), deadline.signal)
    }
  } catch (error) {
    // That time is over says less than why it went by.
    if (failure && error instanceof StockdbError && error.code === 'CALL_TIMEOUT') throw failure
    throw error
  } finally {
    deadline.stop()
  }
}

/** One connection, which is closed however this ends. Throws the error by which it failed, broke off, or went silent. */
async function* hear(
  transport: Transport,
  path: string,
  input: object,
  signal: AbortSignal,
): AsyncGenerator<Heard, void, undefined> {
  const silence = new Deadline(signsOfLife.silentMs, signal)
  try {
    const response = await requestEvents(transport, path, input, silence.signal)
    for await (const message of readEvents(response)) {
      silence.pause()
      yield heardIn(message)
      silence.restart()
    }
    throw errorOf('UNREACHABLE', CUT)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (silence.signal.aborted)
      throw errorOf('UNREACHABLE', `nothing was heard of the server for ${signsOfLife.silentMs / 1_000} s`)
    if (error instanceof StockdbError) throw classified(error)
    throw errorOf('UNREACHABLE', `${CUT}: ${rootMessage(error)}`, { cause: error })
  } finally {
    silence.cancel()
  }
}

const CUT = 'the connection of the subscription was cut'

/** What a message of tRPC's says. Throws the error that it stands for. */
function heardIn({ event, id = '', data }: EventSourceMessage): Heard {
  switch (event) {
    case undefined:
      return { id, data: JSON.parse(data) }
    case 'ping':
      return 'alive'
    case 'return':
      return 'end'
    case 'serialized-error':
      throw errorOfShape(JSON.parse(data)) ?? errorOf('INTERNAL', 'the subscription failed')
    case 'connected':
      return 'connected'
    default:
      return 'alive'
  }
}
