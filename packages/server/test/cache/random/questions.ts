import { type Adjust, bars, cell, DAYS, reportOn, type State, SYMBOLS } from './market.ts'

export type Cell = string | number | null

/** A call, and what it answers in a state: the first columns of its rows. */
export interface Question {
  readonly path: string
  readonly input: object
  readonly of: (state: State) => readonly (readonly Cell[])[]
}

/** A question of any shape. */
export function questionOf(random: () => number): Question {
  const some = SYMBOLS.filter(() => random() < 0.6)
  const symbols = some.length === 0 ? SYMBOLS : some
  const [from = 0, to = 0] = [0, 1].map(() => Math.floor(random() * DAYS.length)).toSorted((a, b) => a - b)
  const [start, end] = [DAYS[from] as string, DAYS[to] as string]
  const fields = random() < 0.5 ? ['close'] : ['close', 'vol']
  const adjust = (['none', 'none', 'hfq', 'qfq'] as const)[Math.floor(random() * 4)] as Adjust
  const input = { symbols, fields, adjust, unknownSymbols: 'ignore' }
  const rows = (state: State, days: readonly string[], one = symbols) =>
    bars(state, { symbols: one, days, adjust, anchor: end })
  const within = DAYS.slice(from, to + 1)
  const until = DAYS.slice(0, to + 1)
  const lastOf = (count: number) => (state: State) =>
    symbols.flatMap((symbol) => rows(state, until, [symbol]).slice(-count))
  // Of many days or of all symbols, so that blocks are made of the rows, and serve questions of other shapes.
  switch (Math.floor(random() * 14)) {
    case 0:
      return { path: 'daily.at', input: { ...input, date: end }, of: (state) => rows(state, [end]) }
    case 1:
      return { path: 'daily.latest', input: { ...input, end }, of: lastOf(1) }
    case 2:
      return { path: 'daily.latest', input: { ...input, end, n: 2 }, of: lastOf(2) }
    case 3:
      return {
        ...{ path: 'daily.range', input: { ...input, start, end, limit: 1 } },
        of: (state) => rows(state, within).slice(0, 1),
      }
    case 4:
      return {
        ...{ path: 'daily.at', input: { ...input, date: end, lookback: true } },
        of: lastOf(1),
      }
    case 5:
      return {
        ...{ path: 'daily.panel', input: { ...input, start, end } },
        of: (state) => panel(symbols, within, (symbol, day) => rows(state, [day], [symbol]).at(0)?.[2]),
      }
    case 6:
      return {
        ...{ path: 'daily.panel', input: { ...input, start, end, fill: 'previous' } },
        of: (state) =>
          panel(
            symbols,
            within,
            (symbol, day) => rows(state, DAYS.slice(0, DAYS.indexOf(day) + 1), [symbol]).at(-1)?.[2],
          ),
      }
    case 7:
      return {
        ...{ path: 'fina_indicator.asOf', input: { symbols, date: end, fields: ['roe'], unknownSymbols: 'ignore' } },
        of: (state) =>
          symbols.flatMap((symbol) => {
            const report = reportOn(state, symbol, end)
            return report ? [[symbol, ...report]] : []
          }),
      }
    case 8:
      return {
        ...{ path: 'stock_basic.list', input: { symbols, fields: ['name'] } },
        of: ({ names }) => symbols.map((symbol) => [symbol, names.get(symbol) as string]),
      }
    case 9: {
      const least = Math.floor(random() * 4_000)
      const where = { 'daily.close': { gte: least } }
      return {
        ...{ path: 'screen', input: { date: end, symbols, where, fields: ['daily.close', 'fina_indicator.roe'] } },
        of: (state) =>
          symbols.flatMap((symbol) => {
            const close = state.closes.get(cell(symbol, end))
            if (close === undefined || close < least) return []
            return [[symbol, close, reportOn(state, symbol, end)?.[1] ?? null]]
          }),
      }
    }
    case 10:
      return {
        ...{ path: 'daily.at', input: { ...input, symbols: undefined, date: end } },
        of: (state) => rows(state, [end], SYMBOLS),
      }
    case 11:
    case 12:
      return { path: 'daily.range', input: { ...input, end }, of: (state) => rows(state, until) }
    default:
      return { path: 'daily.range', input: { ...input, start, end }, of: (state) => rows(state, within) }
  }
}

/** A row for each day and symbol, whether or not the table has one. */
function panel(
  symbols: readonly string[],
  days: readonly string[],
  closeOf: (symbol: string, day: string) => number | undefined,
): Cell[][] {
  return symbols.flatMap((symbol) => days.map((day) => [symbol, day, closeOf(symbol, day) ?? null]))
}
