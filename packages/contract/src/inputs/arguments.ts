import { SYMBOL_FORM } from '../field-types.ts'
import { limits } from '../protocol.ts'
import { show } from '../show.ts'
import { severalSymbols } from '../symbols/similar-symbols.ts'
import { type Argument, oneOf, optional } from './argument-kinds.ts'

/** What to do with symbols that the database does not have. */
export const unknownSymbolsChoices = ['error', 'ignore'] as const
/** What to do with symbols that the database does not have. */
export type UnknownSymbols = (typeof unknownSymbolsChoices)[number]

/** The arguments that select symbols. */
export interface SymbolArguments {
  /**
   * The codes to read, at most 10,000; all by default, none for an empty list.
   *
   * @example
   * ```ts
   * await db.daily.latest({ symbols: ['600519.SH', '000001.SZ'] })
   * ```
   */
  readonly symbols?: readonly string[] | undefined
  /**
   * What to do with codes that neither the table nor the dataset's list of symbols has.
   *
   * `'error'` throws `UNKNOWN_SYMBOL`, which suggests similar codes; `'ignore'` leaves them out.
   *
   * @default 'error', or the option of `connect`
   * @example
   * ```ts
   * await db.daily.latest({ symbols: ['600519.SH', '999999.SH'], unknownSymbols: 'ignore' })
   * ```
   */
  readonly unknownSymbols?: UnknownSymbols | undefined
}

/**
 * A date: `YYYY-MM-DD` or `YYYYMMDD`, also `YYYY/MM/DD`, or a `Date` at midnight, in UTC or in China.
 *
 * The ends of a range may be months: `start: '2024-01'` is its first day, `end: '2024-01'` its last.
 *
 * @example
 * ```ts
 * await db.daily.range({ symbols: ['600519.SH'], start: new Date('2024-01-01'), end: '2024-03' })
 * ```
 */
export type DateArgument = string | Date

/** One code. @internal */
export const symbolArgument = (): Argument<string> => ({
  kind: 'text',
  form: SYMBOL_FORM,
  expected: 'a code such as "600519.SH": 1 to 32 ASCII characters without spaces',
  hint: splitHint,
})

/** Suggestion for a text that contains several codes. */
function splitHint(given: unknown): string {
  const several = typeof given === 'string' ? severalSymbols(given.replaceAll(' ', ',')) : undefined
  return several?.every((code) => SYMBOL_FORM.test(code)) ? ` — did you mean ${show(several)}?` : ''
}

/** A list of codes. @internal */
export const symbolsArgument = (): Argument<string[]> => ({
  kind: 'list',
  of: symbolArgument(),
  most: limits.symbols,
  expected: 'a list of codes such as ["600519.SH"]',
  tooLong: `a list holds at most ${limits.symbols} symbols; leave it out to take all`,
})

/** How the arguments that select symbols are checked. @internal */
export const symbolArguments = () => ({
  symbols: optional(symbolsArgument()),
  unknownSymbols: optional(oneOf(unknownSymbolsChoices)),
})
