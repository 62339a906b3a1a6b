import { type Batch, type Dataset, daysOf, type FrameCoverage, type Vector } from '@stockdb/contract'
import type { Span } from '../query/question.ts'
import type { SessionDays } from '../query/session-days.ts'
import { DaySet } from './day-set.ts'

/** The most symbols without a row that are named. */
const NAMED = 100

/**
 * Counts what the rows of an answer cover, as they go by. Cheap: the symbols are those of the batches' dictionary, which
 * knows each once, and days are marks in a field of bytes.
 */
export class CoverageCount {
  readonly #span: Span
  readonly #symbolAt: number
  readonly #dateAt: number
  readonly #days = new DaySet()
  #found: readonly string[] = []
  readonly #ofBars = new Set<number>()

  /** `names` are those of the batches' columns. */
  constructor({ symbol, date }: Dataset, span: Span, names: readonly string[]) {
    this.#span = span
    this.#symbolAt = symbol === undefined ? -1 : names.indexOf(symbol)
    this.#dateAt = date === undefined ? -1 : names.indexOf(date)
  }

  /** `cut` tells that the batch is shorter than what was read, so that its dictionary may know more than it has rows of. */
  add(batch: Batch, cut: boolean): void {
    if (batch.numRows === 0) return
    const symbols = batch.vectors[this.#symbolAt]
    if (symbols?.type === 'symbol') this.#found = cut ? known(symbols) : symbols.dictionary
    const dates = batch.vectors[this.#dateAt]
    if (dates?.type === 'date') this.#days.addDays(dates.values)
    else if (dates?.type === 'datetime') this.#days.addMoments(dates.values)
  }

  /** Bars that are answered, and the rows that they and those to come are of. */
  addBars(bars: Batch, rows: Batch, used: readonly (readonly [from: number, to: number])[]): void {
    const symbols = bars.vectors[this.#symbolAt]
    if (symbols?.type === 'symbol') {
      let before = -1
      for (const code of symbols.values) {
        if (code !== before) this.#ofBars.add(code)
        before = code
      }
      this.#found = Array.from(this.#ofBars, (code) => symbols.dictionary[code] as string)
    }
    const dates = rows.vectors[this.#dateAt]
    for (const [from, to] of used) {
      if (dates?.type === 'date') this.#days.addDays(dates.values.subarray(from, to))
      else if (dates?.type === 'datetime') this.#days.addMoments(dates.values.subarray(from, to))
    }
  }

  take(sessions: SessionDays | undefined): FrameCoverage {
    const { symbols, start, end } = this.#span
    const asked = symbols && new Set(symbols)
    const missing = this.#missing(asked)
    const { first, last, size } = this.#days
    const from = start === undefined ? first : daysOf(start.slice(0, 10))
    const until = end === undefined ? last : daysOf(end.slice(0, 10))
    return {
      symbolsAsked: asked?.size ?? null,
      symbolsFound: this.#found.length,
      symbolsMissing: missing.slice(0, NAMED),
      symbolsMissingCount: missing.length,
      sessionsExpected: from === undefined || until === undefined ? null : (sessions?.count(from, until) ?? null),
      sessionsFound: size,
    }
  }

  #missing(asked: ReadonlySet<string> | undefined): string[] {
    if (!asked || asked.size === this.#found.length) return []
    const found = new Set(this.#found)
    return [...asked].filter((symbol) => !found.has(symbol))
  }
}

/** Codes are given in the order in which symbols first come, so those of some first rows are those up to the greatest. */
function known({ values, dictionary }: Vector & { type: 'symbol' }): readonly string[] {
  let greatest = -1
  for (const code of values) if (code > greatest) greatest = code
  return dictionary.slice(0, greatest + 1)
}
