import type { FrameCoverage } from '@stockdb/contract/wire'
import type { SessionDays } from '../session-days.ts'
import type { CellRuns } from './cell-runs.ts'
import { Lacks } from './lacks.ts'
import type { Listing } from './listing.ts'
import type { SuspendedDays } from './suspended-days.ts'

/** Which cells there should be. Places are those of trading days in the calendar. */
export interface ExpectedCells {
  /** The first place, and the one after the last. */
  readonly from: number
  readonly to: number
  /** Whether a symbol's cells begin with its first row, whenever it was listed. */
  readonly sinceFirstRow: boolean
  readonly listing: Listing | undefined
  /** Symbols without a row; cells of theirs are expected if they are in the listing. */
  readonly absent: readonly string[]
  /** The code of the symbol whose rows were cut off, of which nothing is expected after its last row. */
  readonly cutCode: number | undefined
}

type OfCells =
  | 'cellsExpected'
  | 'cellsFound'
  | 'cellsSuspended'
  | 'symbolsWithHoles'
  | 'symbolsUnlisted'
  | 'worst'
  | 'longestGap'

export interface MeasuredCells {
  readonly coverage: Pick<FrameCoverage, OfCells>
  readonly missing: number
  /** Those of the absent symbols that lack a cell. */
  readonly absent: readonly string[]
}

/** Counts the cells that there are and those that there should be; `names` are the symbols by code. */
export function measureCells(
  { first, last, codes, gaps }: CellRuns,
  names: readonly string[],
  sessions: SessionDays,
  expected: ExpectedCells,
  suspensions: SuspendedDays | undefined,
): MeasuredCells {
  const { from, to, sinceFirstRow, listing } = expected
  const lacks = new Lacks(sessions, suspensions)
  const listedFrom = (place: number): number =>
    Math.max(from, sessions.indexFrom((listing as Listing).from[place] as number))
  const listedTo = (place: number, before: number): number =>
    Math.min(before, sessions.indexFrom((listing as Listing).to[place] as number))

  // Of each code where its cells begin and end, and how many it has.
  const [begin, end, found] = [new Int32Array(codes), new Int32Array(codes), new Int32Array(codes)]
  let [foundInAll, unlisted] = [0, 0]
  for (let code = 0; code < codes; code++) {
    const [firstRow, lastRow] = [first[code] as number, last[code] as number]
    if (firstRow < 0) continue
    found[code] = lastRow - firstRow + 1
    foundInAll += found[code] as number
    const place = listing?.find(names[code] as string) ?? -1
    const before = code === expected.cutCode ? lastRow + 1 : to
    if (place < 0) unlisted++
    begin[code] = place < 0 || sinceFirstRow ? firstRow : listedFrom(place)
    end[code] = place >= 0 ? listedTo(place, before) : sinceFirstRow ? before : lastRow + 1
  }
  for (let at = 0; at < gaps.length; at += 3) {
    const [code, start, stop] = [gaps.values[at], gaps.values[at + 1], gaps.values[at + 2]] as [number, number, number]
    found[code] = (found[code] as number) - (stop - start)
    foundInAll -= stop - start
    lacks.add(names[code] as string, Math.max(start, begin[code] as number), Math.min(stop, end[code] as number))
  }
  for (let code = 0; code < codes; code++) {
    const [firstRow, lastRow] = [first[code] as number, last[code] as number]
    if (firstRow < 0) continue
    const [start, stop] = [begin[code] as number, end[code] as number]
    if (start < firstRow) lacks.add(names[code] as string, start, Math.min(firstRow, stop))
    if (lastRow + 1 < stop) lacks.add(names[code] as string, Math.max(lastRow + 1, start), stop)
  }
  for (const symbol of listing ? expected.absent : []) {
    const place = (listing as Listing).find(symbol)
    // Of what has no first row one day is expected: the last.
    if (place >= 0) lacks.add(symbol, Math.max(sinceFirstRow ? to - 1 : from, listedFrom(place)), listedTo(place, to))
  }
  return {
    coverage: {
      cellsExpected: foundInAll + lacks.missing,
      cellsFound: foundInAll,
      cellsSuspended: suspensions || lacks.missing === 0 ? lacks.suspended : null,
      symbolsWithHoles: lacks.symbols,
      symbolsUnlisted: unlisted,
      worst: lacks.worst((symbol) => found[names.indexOf(symbol)] ?? 0),
      longestGap: lacks.longestGap(),
    },
    missing: lacks.missing,
    absent: expected.absent.filter((symbol) => lacks.has(symbol)),
  }
}
