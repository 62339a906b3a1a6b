import { StockdbError, signsOfLife } from '@stockdb/contract/wire'
import type { EventSourceMessage } from 'eventsource-parser'
import { sleep } from '../call/abort.ts'
import { Deadline } from '../call/deadline.ts'
import { attempts, pauseMs } from '../call/retry.ts'
import { classified, errorOf } from '../errors.ts'
import { readEvents } from './event-reader.ts'
import { errorOfShape, requestEvents, type Transport } from './transport.ts'
import { rootMessage } from './unreachable.ts'

/** An event with the id from which the server can resume. */
export interface SubscriptionEvent {
  readonly id: string
  readonly data: unknown
}

/** What arrives on a connection: that it was opened, a ping, an event, or the end of the subscription. */
type Received = 'connected' | 'alive' | 'end' | SubscriptionEvent

export interface SubscriptionOptions {
  /** Retries of the first connection. Later ones are retried until `timeoutMs`. */
  readonly retries: number
  /** The maximum time without an event or ping. */
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/**
 * The events of a subscription, and `connected` for each opened connection. If one is cut, goes silent or is ended by a
 * stopping server, the next one resumes after the last received event, within `timeoutMs`; then the last connection's
 * error is thrown. Non-retryable errors are thrown immediately, and the signal's as a `CancelledError`.
 */
export async function* subscribe(
  transport: Transport,
  path: string,
  input: object,
  { retries, timeoutMs, signal }: SubscriptionOptions,
): AsyncGenerator<SubscriptionEvent | 'connected', void, undefined> {
  const deadline = new Deadline(timeoutMs, signal)
  const mayTryAgain = attempts(retries)
  let lastEventId: string | undefined
  let receivedOnce = false
  /** Since the last event or ping: failed connections, and the error of the last one. */
  let attempt = 0
  let failure: StockdbError | undefined
  try {
    while (true) {
      try {
        const resumed = lastEventId === undefined ? input : { ...input, lastEventId }
        for await (const received of receive(transport, path, resumed, deadline.signal)) {
          if (received === 'end') return
          if (received === 'connected') {
            // Not a ping: a server may accept connections and then stay silent.
            yield received
            continue
          }
          receivedOnce = true
          attempt = 0
          failure = undefined
          deadline.restart()
          if (received === 'alive') continue
          if (received.id !== '') lastEventId = received.id
          deadline.pause()
          yield received
          deadline.signal.throwIfAborted()
          deadline.restart()
        }
      } catch (error) {
        if (deadline.signal.aborted || !(error instanceof StockdbError)) throw error
        if (!(receivedOnce ? error.retryable : mayTryAgain(error))) throw error
        failure = error
      }
      await sleep(pauseMs(attempt++, failure?.retryAfterMs), deadline.signal)
    }
  } catch (error) {
    // The last error says more than the timeout.
    if (failure && error instanceof StockdbError && error.code === 'CALL_TIMEOUT') throw failure
    throw error
  } finally {
    deadline.stop()
  }
}

/** Reads one connection and closes it in any case. Throws if it fails, is cut or goes silent. */
async function* receive(
  transport: Transport,
  path: string,
  input: object,
  signal: AbortSignal,
): AsyncGenerator<Received, void, undefined> {
  const silence = new Deadline(signsOfLife.silentMs, signal)
  try {
    const response = await requestEvents(transport, path, input, silence.signal)
    for await (const message of readEvents(response)) {
      silence.pause()
      yield eventIn(message)
      silence.restart()
    }
    throw errorOf('UNREACHABLE', CUT)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (silence.signal.aborted)
      throw errorOf('UNREACHABLE', `the server sent nothing for ${signsOfLife.silentMs / 1_000} s`)
    if (error instanceof StockdbError) throw classified(error)
    throw errorOf('UNREACHABLE', `${CUT}: ${rootMessage(error)}`, { cause: error })
  } finally {
    silence.cancel()
  }
}

const CUT = 'the subscription was cut'

/** Decodes a message of tRPC, or throws its error. */
function eventIn({ event, id = '', data }: EventSourceMessage): Received {
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
