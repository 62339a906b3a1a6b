import type { FrameCoverage, SymbolHoles } from '@stockdb/contract/wire'
import { hasRow, isListed, isSuspended, sessions, stocks } from './market-with-holes.ts'

interface Asked {
  readonly symbols?: readonly string[]
  readonly start: string
  readonly end: string
  /** Sources that cannot be read. */
  readonly without?: 'listings' | 'suspensions' | 'both'
}

/** Cells counted day by day and symbol by symbol, as the docs say. */
export function plainCount({ symbols, start, end, without }: Asked): Partial<FrameCoverage> {
  const days = sessions.filter((day) => day >= start && day <= end)
  const mayList = without !== 'listings' && without !== 'both'
  const maySuspend = without !== 'suspensions' && without !== 'both'
  const all = Object.keys(stocks)
  const isKnown = (symbol: string): boolean => mayList && stocks[symbol]?.listed !== undefined
  let [cellsExpected, cellsFound, suspended] = [0, 0, 0]
  const holes: SymbolHoles[] = []
  const [found, missing]: [string[], string[]] = [[], []]
  for (const symbol of symbols ?? all) {
    const own = days.filter((day) => hasRow(symbol, day))
    if (own.length > 0) found.push(symbol)
    const isWithin = (day: string): boolean =>
      isKnown(symbol) ? isListed(symbol, day) : day >= (own[0] ?? '9') && day <= (own.at(-1) ?? '0')
    let run: string[] = []
    let longest: string[] = []
    let lacking = 0
    for (const day of [...days, '']) {
      if (day !== '' && isWithin(day) && !own.includes(day)) {
        if (maySuspend && isSuspended(symbol, day)) suspended++
        else {
          run.push(day)
          lacking++
        }
        continue
      }
      if (run.length > longest.length) longest = run
      run = []
    }
    cellsFound += own.length
    cellsExpected += own.length + lacking
    const [from, to] = [longest[0], longest.at(-1)]
    if (from !== undefined && to !== undefined) {
      const longestGap = { from, to, sessions: longest.length }
      holes.push({ symbol, expected: own.length + lacking, found: own.length, longestGap })
    }
    if (own.length === 0 && (symbols || lacking > 0)) missing.push(symbol)
  }
  holes.sort((a, b) => (a.symbol < b.symbol ? -1 : 1))
  const bySize = holes.toSorted((a, b) => b.expected - b.found - (a.expected - a.found))
  const longest = holes.toSorted((a, b) => b.longestGap.sessions - a.longestGap.sessions)[0]
  return {
    symbolsAsked: symbols?.length ?? null,
    symbolsExpected: symbols?.length ?? (mayList ? found.length + missing.length : null),
    symbolsFound: found.length,
    symbolsMissing: missing,
    symbolsMissingCount: missing.length,
    symbolsUnlisted: found.filter((symbol) => !isKnown(symbol)).length,
    sessionsExpected: days.length,
    cellsExpected,
    cellsFound,
    cellsSuspended: maySuspend || holes.length === 0 ? suspended : null,
    symbolsWithHoles: holes.length,
    worst: bySize,
    longestGap: longest ? { symbol: longest.symbol, ...longest.longestGap } : null,
  }
}
