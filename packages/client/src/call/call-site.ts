import { StockdbError } from '@stockdb/contract/wire'

/** What V8 and JavaScriptCore add to `Error`; Firefox and Safari have it in their newer versions. */
interface StackTraces {
  captureStackTrace?(target: Error, boundary: Boundary): void
  stackTraceLimit?: number
}

const traces = Error as StackTraces

/** A function that user code calls. */
export type Boundary = (...args: never[]) => unknown

/** An answer that a call has at once, such as one from memory: it needs no call site, whose stack takes longest to make. */
export class AtHand<Answer> {
  readonly answer: Answer

  constructor(answer: Answer) {
    this.answer = answer
  }
}

type AnyCall = (...args: never[]) => Promise<unknown> | AsyncGenerator<unknown, void, undefined> | AtHand<unknown>

/** Calls by name. */
export type PublicCalls = Readonly<Record<string, AnyCall>>

/**
 * Makes public functions of internal ones: the stack of an error that they throw starts at their caller.
 *
 * An error arises in a timer or after an answer, where the stack shows only this package. So each call remembers its call site, which
 * takes a few microseconds, and becomes an error only if the call fails.
 */
export function publicCalls<Calls extends PublicCalls>(calls: Calls): Calls {
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, publicCall(call)])) as Calls
}

/** Makes one public function; see {@link publicCalls}. */
export function publicCall<Call extends AnyCall>(call: Call): Call {
  const boundary = (...args: never[]): unknown => {
    const result = call(...args)
    if (result instanceof AtHand) return Promise.resolve(result.answer)
    const site = callSite(boundary)
    return Symbol.asyncIterator in result ? eventsFrom(result, site) : answerFrom(result, site)
  }
  return boundary as Call
}

/** How messages about arguments read. */
const REFUSAL = /^cannot |: got |; expected |^the panel has no /

/**
 * Makes the methods of a class public: the stack of an argument that they refuse starts at their caller. Other errors, such as those
 * of a function that the caller gave, keep theirs.
 */
export function publicMethods(prototype: object): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name === 'constructor' || typeof value !== 'function') continue
    const boundary = function (this: unknown, ...args: unknown[]): unknown {
      try {
        return Reflect.apply(value, this, args)
      } catch (error) {
        if (error instanceof Error && REFUSAL.test(error.message)) traces.captureStackTrace?.(error, boundary)
        throw error
      }
    }
    Object.defineProperty(prototype, name, { value: boundary, writable: true, configurable: true })
  }
}

/** An error without a meaning yet, whose stack starts at the caller of `boundary`. */
export function callSite(boundary: Boundary): Error {
  const limit = traces.stackTraceLimit
  // Otherwise the constructor collects frames too. `Reflect.set`, because the property may be frozen.
  if (limit !== undefined) Reflect.set(traces, 'stackTraceLimit', 0)
  const site = new Error()
  if (limit !== undefined) Reflect.set(traces, 'stackTraceLimit', limit)
  traces.captureStackTrace?.(site, boundary)
  return site
}

/** Whether a stack is written when it is first read, with the name and the message that the error has then. */
const stacksAreLazy = ((): boolean => {
  const error = callSite(() => {})
  error.message = 'late'
  return error.stack?.includes('late') ?? false
})()

/**
 * The same error as if it had been made at the call site. The site itself becomes the error: a stack that is assigned as
 * text would have Node print a line of its own sources above it, instead of the line of the call. Other errors than ours
 * are mistakes in this package and keep their stack.
 *
 * If a library called on behalf of user code, `library` matches the frames at the top that belong to it.
 */
export function errorAt(site: Error, error: unknown, library?: RegExp): unknown {
  if (!(error instanceof StockdbError) || !traces.captureStackTrace) return error
  Object.setPrototypeOf(site, Object.getPrototypeOf(error))
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(error)))
    if (!OF_THE_STACK.has(name)) Object.defineProperty(site, name, property)
  if (library === undefined && stacksAreLazy) return site
  const frames = (site.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const first = frames.findIndex((frame) => !library?.test(frame) && !frame.endsWith('(<anonymous>)'))
  // Node would print the line at the top of the stack that it keeps besides the text, which may be the library's.
  traces.captureStackTrace(site, notOnStack)
  site.stack = [`${error.name}: ${error.message}`, ...frames.slice(Math.max(first, 0))].join('\n')
  return site
}

/** Own properties of an error that say where it was made; all but the first are JavaScriptCore's. */
const OF_THE_STACK = new Set(['stack', 'line', 'column', 'sourceURL', 'originalLine', 'originalColumn'])

const notOnStack = (): void => {}

/** The answer of a call that was made at the site. */
export async function answerFrom<Answer>(answer: Promise<Answer>, site: Error): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    throw errorAt(site, error)
  }
}

function eventsFrom<Event>(
  events: AsyncGenerator<Event, void, undefined>,
  site: Error,
): AsyncGenerator<Event, void, undefined> {
  return {
    next: () => answerFrom(events.next(), site),
    return: () => answerFrom(events.return(), site),
    throw: (error) => events.throw(error),
    [Symbol.asyncDispose]: async () => void (await answerFrom(events.return(), site)),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
