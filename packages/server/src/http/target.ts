import { StockdbError } from '@stockdb/contract/wire'

const PREFIX = '/trpc/'

/** URL parameters that are used here. tRPC's client sends the last event of a subscription as `lastEventId` or `Last-Event-Id`. */
const KNOWN = ['input', 'batch', 'lastEventId', 'Last-Event-Id']
const KNOWN_IN_ANY_CASE = new Set(KNOWN.map((name) => name.toLowerCase()))

/**
 * What the URL of a request asks for. It is parsed only here: two parsers that differ, for example in escapes or a
 * second `?`, would count different calls.
 */
export interface Target {
  /** Decoded, without the query: `/trpc/daily.range`. Unchanged if it cannot be decoded. */
  readonly path: string
  /** What follows `/trpc/`; several paths, separated by commas, in a batch. Undefined for other paths. */
  readonly procedure: string | undefined
  readonly batch: boolean
  /** Calls in the request. */
  readonly calls: number
  /** The JSON that the caller sent, if any. */
  readonly input: string | undefined
  /** The id of the event after which a subscription goes on. */
  readonly lastEventId: string | undefined
  /** The same, rewritten for tRPC, which parses it again: its path and its query. */
  readonly forTrpc: { readonly path: string; readonly url: string }
  /** Why the request is refused, if the URL alone says so. */
  readonly problem: StockdbError | undefined
}

/** Parses the URL of a request. Never throws: an error is its `problem`. */
export function readTarget(url: string): Target {
  return new ReadTarget(url)
}

class ReadTarget implements Target {
  readonly path: string
  readonly procedure: string | undefined
  readonly #problem: StockdbError | undefined
  readonly #text: string
  /** Parsed lazily: a refused call does not need it. */
  #query: Query | undefined

  constructor(url: string) {
    const mark = url.indexOf('?')
    const rawPath = mark < 0 ? url : url.slice(0, mark)
    this.#text = mark < 0 ? '' : url.slice(mark + 1)
    const path = decoded(rawPath)
    this.path = path ?? rawPath
    this.procedure = path?.startsWith(PREFIX) ? path.slice(PREFIX.length) : undefined
    if (path === undefined) this.#problem = new StockdbError('UNKNOWN_PROCEDURE', 'malformed path')
    else if (url.includes('#'))
      this.#problem = invalid('the URL has a fragment after "#"; write %23 for the character itself')
  }

  get batch(): boolean {
    return this.#read().found.get('batch') === '1'
  }

  get calls(): number {
    return this.procedure !== undefined && this.batch ? this.procedure.split(',').length : 1
  }

  get input(): string | undefined {
    return this.#read().found.get('input')
  }

  get lastEventId(): string | undefined {
    const { found } = this.#read()
    return found.get('lastEventId') ?? found.get('Last-Event-Id')
  }

  get problem(): StockdbError | undefined {
    return this.#problem ?? this.#read().problem
  }

  get forTrpc(): Target['forTrpc'] {
    const pairs = [...this.#read().found].map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    return { path: encodeURIComponent(this.procedure ?? ''), url: `${PREFIX}?${pairs.join('&')}` }
  }

  #read(): Query {
    this.#query ??= readQuery(this.#text)
    return this.#query
  }
}

interface Query {
  readonly found: Map<string, string>
  readonly problem: StockdbError | undefined
}

function readQuery(query: string): Query {
  const found = new Map<string, string>()
  if (query === '') return { found, problem: undefined }
  let problem: StockdbError | undefined
  for (const [name, value] of new URLSearchParams(query)) {
    if (!KNOWN_IN_ANY_CASE.has(name.toLowerCase())) continue
    // An answer to half of the request would look complete.
    if (!KNOWN.includes(name)) problem ??= invalid(`${name}: unknown parameter; expected ${KNOWN.join(', ')}`)
    else if (found.has(name)) problem ??= invalid(`${name}: got it twice in the URL; expected it once`)
    else found.set(name, value)
  }
  const batch = found.get('batch')
  if (batch !== undefined && batch !== '1')
    problem ??= invalid(`batch: got ${JSON.stringify(batch.slice(0, 20))}; expected 1`)
  return { found, problem }
}

function invalid(message: string): StockdbError {
  return new StockdbError('INVALID_INPUT', message)
}

function decoded(path: string): string | undefined {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
