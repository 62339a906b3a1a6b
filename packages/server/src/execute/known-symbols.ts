import { severalSymbols, similarSymbols } from '@stockdb/contract/internal'
import type { FrameChunk, FrameSource } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import type { RowSource } from '../engine/engine.ts'
import { type SymbolPlace, selectKnownSymbols } from '../plan/known-symbols.ts'
import type { QueryCache } from '../plan/prepared-query.ts'
import { collect } from './collect.ts'

/** The most unknown symbols that a message names, and the most that may have been meant by one. */
const NAMED = 5
const MEANT = 3

/** Which symbols of an answer must be known, and where it says which are. */
export interface SymbolCheck {
  readonly asked: readonly string[]
  /** Whether a row of the answer shows that its symbol is known. */
  readonly shownByRows: boolean
  /** Where known ones stand; asked for only when some have no row. */
  readonly places: () => Promise<KnownPlaces>
}

/** Where known symbols stand. */
export interface KnownPlaces {
  readonly places: readonly SymbolPlace[]
  /** Lists that would tell, but cannot be read, with what is wrong with them. */
  readonly unread: ReadonlyMap<string, string>
}

/** What symbols are looked up with. */
export interface SymbolSource {
  readonly engine: RowSource
  readonly cache: QueryCache
}

/**
 * The same answer, which fails with `UNKNOWN_SYMBOL` at its end when a symbol asked for is not known: those without a row
 * are looked up, all in one statement, after the rows, so that an answer with a row of each takes no further statement. The
 * read has given its connection back by then.
 */
export function withKnownSymbols(
  frame: FrameSource,
  check: SymbolCheck | undefined,
  source: SymbolSource,
  signal: AbortSignal,
): FrameSource {
  return check ? { header: frame.header, chunks: checked(frame, check, source, signal) } : frame
}

/** No generator: it would add its own promises to each chunk. */
function checked(
  { header, chunks }: FrameSource,
  check: SymbolCheck,
  source: SymbolSource,
  signal: AbortSignal,
): AsyncIterable<FrameChunk> {
  const symbolAt = header.fields.findIndex(({ name }) => name === header.meta.symbol)
  return {
    [Symbol.asyncIterator]: () => {
      const inner = chunks[Symbol.asyncIterator]()
      // A dictionary only grows, so that the last one has all symbols.
      let found: readonly string[] = []
      return {
        next: async () => {
          const next = await inner.next()
          if (next.done) return next
          const { batch, trailer } = next.value
          const vector = batch.vectors[symbolAt]
          if (vector?.type === 'symbol' && check.shownByRows) found = vector.dictionary
          if (!trailer) return next
          const symbols = missing(check.asked, found)
          if (symbols.length > 0) {
            // The read gives its connection back at its end, and the look-up takes one.
            await inner.next()
            await demandKnown(symbols, check, source, signal)
          }
          return next
        },
        return: async () => {
          await inner.return?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

/** Cheap where none is missing, which is so in most answers: of the symbols asked for each has a place in the dictionary. */
function missing(asked: readonly string[], found: readonly string[]): readonly string[] {
  if (asked.length === 1 && found.length === 1 && asked[0] === found[0]) return []
  const known = new Set(found)
  return [...new Set(asked)].filter((symbol) => !known.has(symbol))
}

/** Throws `UNKNOWN_SYMBOL` when symbols stand in none of the places of a check. */
async function demandKnown(
  symbols: readonly string[],
  { places }: SymbolCheck,
  source: SymbolSource,
  signal: AbortSignal,
): Promise<void> {
  const { places: where, unread } = await places()
  // Nothing is there that would tell.
  if (where.length === 0) return
  const known = await lookUp(source, where, symbols, signal)
  const unknown = symbols.filter((symbol) => !known.has(symbol))
  if (unknown.length === 0) return
  const similar = new Map(unknown.slice(0, NAMED).map((symbol) => [symbol, similarSymbols(symbol)]))
  const existing = await lookUp(source, where, [...similar.values()].flat(), signal)
  const meant = (symbol: string): readonly string[] =>
    (similar.get(symbol) ?? []).filter((one) => existing.has(one)).slice(0, MEANT)
  throw unknownSymbols(unknown, { places: where, unread }, meant)
}

async function lookUp(
  { engine, cache }: SymbolSource,
  places: readonly SymbolPlace[],
  symbols: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  if (symbols.length === 0 || places.length === 0) return new Set()
  const [codes = []] = await collect(engine, selectKnownSymbols(cache, places, symbols), signal)
  return new Set(Array.from(codes, String))
}

function unknownSymbols(
  unknown: readonly string[],
  { places, unread }: KnownPlaces,
  meant: (symbol: string) => readonly string[],
): StockdbError {
  const question = (symbol: string): string => {
    const several = severalSymbols(symbol)
    if (several) return `did you mean ${JSON.stringify(several)}?`
    const codes = meant(symbol).map((code) => `"${code}"`)
    return codes.length === 0 ? '' : `did you mean ${codes.join(' or ')}?`
  }
  const names = [...new Set(places.map(({ dataset }) => dataset.name))].join(' or ')
  const lists = [...unread].map(([list, problem]) => `; ${list} may list it, but cannot be read: ${problem}`).join('')
  const [only = ''] = unknown
  const ignore = 'unknownSymbols: "ignore" leaves out what is unknown'
  if (unknown.length === 1) {
    const hint = question(only)
    const end = hint === '' ? `; ${ignore}` : ` — ${hint}`
    return new StockdbError('UNKNOWN_SYMBOL', `symbols: got "${only}"; expected a code that ${names} has${end}${lists}`)
  }
  const named = unknown.slice(0, NAMED).map((symbol) => {
    const hint = question(symbol)
    return hint === '' ? `"${symbol}"` : `"${symbol}" (${hint})`
  })
  const more = unknown.length > NAMED ? ` and ${unknown.length - NAMED} more` : ''
  const got = `${named.join(', ')}${more}`
  return new StockdbError('UNKNOWN_SYMBOL', `symbols: got ${got}; expected codes that ${names} has; ${ignore}${lists}`)
}
