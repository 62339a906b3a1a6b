/** What the tables of the random series hold, as its model sees it. */
export const SYMBOLS = ['000001.SZ', '600000.SH', '600519.SH']
export const DAYS = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05']
/** Days from which a factor holds. */
export const FACTOR_DAYS = ['2024-01-02', '2024-01-04']
/** Quarters, and when their reports were announced. */
export const REPORTS = [
  { end_date: '2023-09-30', ann_date: '2024-01-02' },
  { end_date: '2023-12-31', ann_date: '2024-01-04' },
]

/** Values by symbol and day, or by symbol and quarter; a missing one is a missing row. Factors and names are always there. */
export interface State {
  readonly closes: ReadonlyMap<string, number>
  readonly factors: ReadonlyMap<string, number>
  readonly returns: ReadonlyMap<string, number>
  readonly names: ReadonlyMap<string, string>
}

export const cell = (symbol: string, day: string): string => `${symbol} ${day}`

export const firstState: State = {
  closes: new Map(),
  factors: new Map(SYMBOLS.flatMap((symbol) => FACTOR_DAYS.map((day) => [cell(symbol, day), 1]))),
  returns: new Map(),
  names: new Map(SYMBOLS.map((symbol) => [symbol, 'a'])),
}

const factorOf = ({ factors }: State, symbol: string, day: string): number =>
  factors.get(cell(symbol, FACTOR_DAYS.findLast((from) => from <= day) as string)) as number

export type Adjust = 'none' | 'hfq' | 'qfq'

/** Rows of `daily`: symbol, day, close. Factors are powers of two, so that prices are exact. */
export function bars(
  state: State,
  {
    symbols,
    days,
    adjust,
    anchor,
  }: { symbols: readonly string[]; days: readonly string[]; adjust: Adjust; anchor: string },
): (readonly [string, string, number])[] {
  return symbols.flatMap((symbol) =>
    days.flatMap((day) => {
      const close = state.closes.get(cell(symbol, day))
      if (close === undefined) return []
      const factor = factorOf(state, symbol, day)
      const by = { none: 1, hfq: factor, qfq: factor / factorOf(state, symbol, anchor) }[adjust]
      return [[symbol, day, close * by] as const]
    }),
  )
}

/** The newest report that was announced before a day. */
export function reportOn({ returns }: State, symbol: string, day: string): readonly [string, number] | undefined {
  const found = REPORTS.findLast(({ end_date, ann_date }) => ann_date < day && returns.has(cell(symbol, end_date)))
  return found && [found.end_date, returns.get(cell(symbol, found.end_date)) as number]
}
