import { severalSymbols, similarSymbols } from '@stockdb/contract/internal'
import type { Batch } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { type SymbolPlace, selectKnownSymbols } from '../../plan/known-symbols.ts'
import { datasetOf } from '../../plan/plan-context.ts'
import type { KnownSymbolsStep } from '../../plan/step.ts'
import { collect } from '../collect.ts'
import type { Sources } from '../sources.ts'
import type { Operator } from './operator.ts'

/** The most unknown symbols in a message, and the most suggestions for one. */
const NAMED = 5
const MEANT = 3

/** The places to look symbols up. */
interface KnownPlaces {
  readonly places: readonly SymbolPlace[]
  /** Lists that cannot be read, with their problems. */
  readonly unread: ReadonlyMap<string, string>
}

type SymbolSources = Pick<Sources, 'engine' | 'cache' | 'tables'>

/**
 * Fails with `UNKNOWN_SYMBOL` before the end of an answer if a requested symbol is unknown. Symbols without a row are looked
 * up in one statement after the rows, so an answer with a row for each symbol needs none.
 */
export class KnownSymbols implements Operator {
  readonly #step: KnownSymbolsStep
  readonly #symbolAt: number
  readonly #sources: SymbolSources
  readonly #signal: AbortSignal
  /** Dictionaries only grow, so the last one has all symbols. */
  #found: readonly string[] = []

  /** `names` are those of the batches' columns. */
  constructor(step: KnownSymbolsStep, names: readonly string[], sources: SymbolSources, signal: AbortSignal) {
    this.#step = step
    this.#symbolAt = names.indexOf(step.symbol ?? '')
    this.#sources = sources
    this.#signal = signal
  }

  push(batch: Batch, last: boolean): readonly Batch[] {
    const vector = batch.vectors[this.#symbolAt]
    if (vector?.type === 'symbol' && this.#step.shownByRows && (last || batch.numRows > 0))
      this.#found = vector.dictionary
    return [batch]
  }

  check(): Promise<void> | undefined {
    const symbols = missing(this.#step.asked, this.#found)
    return symbols.length === 0 ? undefined : this.#requireKnown(symbols)
  }

  async #requireKnown(symbols: readonly string[]): Promise<void> {
    const where = await this.#places()
    const { places } = where
    // There is no place to look them up.
    if (places.length === 0) return
    const known = await this.#lookUp(places, symbols)
    const unknown = symbols.filter((symbol) => !known.has(symbol))
    if (unknown.length === 0) return
    const similar = new Map(unknown.slice(0, NAMED).map((symbol) => [symbol, similarSymbols(symbol)]))
    const existing = await this.#lookUp(places, [...similar.values()].flat())
    const meant = (symbol: string): readonly string[] =>
      (similar.get(symbol) ?? []).filter((one) => existing.has(one)).slice(0, MEANT)
    throw unknownSymbols(unknown, where, meant)
  }

  async #places(): Promise<KnownPlaces> {
    const { cache, tables } = this.#sources
    const places: SymbolPlace[] = []
    const unread = new Map<string, string>()
    for (const { dataset: name, field, ifReadable } of this.#step.places) {
      const dataset = datasetOf(cache, name)
      const problem = ifReadable ? await tables.problem(dataset) : undefined
      if (problem === undefined) places.push({ dataset, field })
      else unread.set(name, problem)
    }
    return { places, unread }
  }

  async #lookUp(places: readonly SymbolPlace[], symbols: readonly string[]): Promise<ReadonlySet<string>> {
    if (symbols.length === 0) return new Set()
    const { engine, cache } = this.#sources
    const [codes = []] = await collect(engine, selectKnownSymbols(cache, places, symbols), this.#signal)
    return new Set(Array.from(codes, String))
  }
}

/** The symbols that are not found; one symbol that is found, the most frequent case, needs no set. */
function missing(asked: readonly string[], found: readonly string[]): readonly string[] {
  if (asked.length === 1 && found.length === 1 && asked[0] === found[0]) return []
  const known = new Set(found)
  return [...new Set(asked)].filter((symbol) => !known.has(symbol))
}

function unknownSymbols(
  unknown: readonly string[],
  { places, unread }: KnownPlaces,
  meant: (symbol: string) => readonly string[],
): StockdbError {
  const hintFor = (symbol: string): string => {
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
    const hint = hintFor(only)
    const end = hint === '' ? `; ${ignore}` : ` — ${hint}`
    return new StockdbError('UNKNOWN_SYMBOL', `symbols: got "${only}"; expected a code that ${names} has${end}${lists}`)
  }
  const named = unknown.slice(0, NAMED).map((symbol) => {
    const hint = hintFor(symbol)
    return hint === '' ? `"${symbol}"` : `"${symbol}" (${hint})`
  })
  const more = unknown.length > NAMED ? ` and ${unknown.length - NAMED} more` : ''
  const got = `${named.join(', ')}${more}`
  return new StockdbError('UNKNOWN_SYMBOL', `symbols: got ${got}; expected codes that ${names} has; ${ignore}${lists}`)
}
