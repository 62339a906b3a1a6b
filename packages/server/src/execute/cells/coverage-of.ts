import { dateOf, daysOf, MS_PER_DAY } from '@stockdb/contract/internal'
import type { FrameCoverage } from '@stockdb/contract/wire'
import type { Span } from '../../plan/step.ts'
import { momentText } from '../moment-text.ts'
import type { SessionDays } from '../session-days.ts'
import type { CoverageCount } from './coverage-count.ts'
import type { Listing } from './listing.ts'
import { type ExpectedCells, type MeasuredCells, measureCells } from './measure-cells.ts'
import type { SuspendedDays } from './suspended-days.ts'

/** The most symbols without a row to name. */
const NAMED = 100

/** What rows are expected, as far as the caller may know. */
export interface Expected {
  readonly sessions: SessionDays | undefined
  readonly listing: Listing | undefined
  /** Only called if something is missing. */
  readonly suspensions: () => SuspendedDays | undefined | Promise<SuspendedDays | undefined>
}

/** The result if nothing is known about cells. */
const noCells = {
  symbolsUnlisted: null,
  cellsExpected: null,
  cellsFound: null,
  cellsSuspended: null,
  symbolsWithHoles: null,
  worst: [],
  longestGap: null,
}

/**
 * The coverage of the requested rows; `complete` is false if a limit cut them, `now` is in milliseconds since 1970-01-01 UTC.
 */
export async function coverageOf(
  count: CoverageCount,
  span: Span,
  known: Expected,
  { complete, now }: { readonly complete: boolean; readonly now: number },
): Promise<FrameCoverage> {
  const { symbols: found, days } = count
  const { sessions, listing } = known
  const asked = span.symbols && new Set(span.symbols)
  const range = {
    from: span.start === undefined ? days.first : daysOf(span.start.slice(0, 10)),
    until: span.end === undefined ? days.last : daysOf(span.end.slice(0, 10)),
  }
  // If all symbols were requested, those cut off by a limit are not missing.
  const absent = asked ? without(asked, found) : complete ? unfound(listing, found, span, range) : undefined
  const places = placesOf(
    sessions,
    range,
    Math.max(Math.floor(now / MS_PER_DAY) - 1, days.last ?? Number.NEGATIVE_INFINITY),
  )
  const { cells, suspensions } = await measured(count, known, {
    ...places,
    sinceFirstRow: span.of === 'last days',
    listing,
    absent: complete && absent ? absent : [],
    cutCode: complete ? undefined : count.runs?.lastCode,
  })
  // If all symbols were requested, those that lack a day are missing, if days are known.
  const unasked = cells ? absent && cells.absent : span.of === 'days' ? undefined : absent
  const missing = asked ? absent : unasked
  const used = [places ? sessions : undefined, cells || unasked ? listing : undefined, suspensions]
  const asOf = Math.min(...used.map((known) => known?.asOf ?? Number.POSITIVE_INFINITY))
  const oldest = count.lastDays?.oldest()
  return {
    symbolsAsked: asked?.size ?? null,
    symbolsExpected: asked?.size ?? (missing ? found.length + missing.length : null),
    symbolsFound: found.length,
    symbolsMissing: missing?.slice(0, NAMED) ?? [],
    symbolsMissingCount: missing?.length ?? 0,
    sessionsExpected: places?.sessions ?? null,
    sessionsFound: days.size,
    ...(cells?.coverage ?? noCells),
    cellsFilled: 0,
    oldestRow: oldest
      ? {
          symbol: count.names[oldest.code] as string,
          date: dateOf(oldest.day),
          sessions: sessions?.count(oldest.day + 1, range.until as number) ?? null,
        }
      : null,
    datasets: [],
    asOf: asOf === Number.POSITIVE_INFINITY ? null : momentText(asOf),
  }
}

interface DayRange {
  readonly from: number | undefined
  readonly until: number | undefined
}

interface Places {
  /** Trading days of the range. */
  readonly sessions: number
  /** The places of those that are over: the first, and the one after the last. */
  readonly from: number
  readonly to: number
}

/** `undefined` if the calendar does not cover the range. */
function placesOf(sessions: SessionDays | undefined, { from, until }: DayRange, lastOver: number): Places | undefined {
  if (!sessions || from === undefined || until === undefined) return undefined
  const count = sessions.count(from, until)
  if (count === undefined) return undefined
  return { sessions: count, from: sessions.indexFrom(from), to: sessions.indexFrom(Math.min(until, lastOver) + 1) }
}

/** Suspensions are only looked up if something is missing, which is rare. */
async function measured(
  { runs, names }: CoverageCount,
  { sessions, suspensions }: Expected,
  expected: Omit<ExpectedCells, 'from' | 'to'> & Partial<ExpectedCells>,
): Promise<{ readonly cells?: MeasuredCells; readonly suspensions?: SuspendedDays | undefined }> {
  const { from, to } = expected
  if (!runs || runs.broken || !sessions || from === undefined || to === undefined) return {}
  const measure = (suspended?: SuspendedDays): MeasuredCells =>
    measureCells(runs, names, sessions, { ...expected, from, to }, suspended)
  const cells = measure()
  if (cells.missing === 0) return { cells }
  const held = await suspensions()
  return held ? { cells: measure(held), suspensions: held } : { cells }
}

function without(asked: ReadonlySet<string>, symbols: readonly string[]): string[] {
  if (asked.size === symbols.length) return []
  const found = new Set(symbols)
  return [...asked].filter((symbol) => !found.has(symbol))
}

/** The symbols that were listed but not found; `undefined` if unknown. */
function unfound(
  listing: Listing | undefined,
  found: readonly string[],
  { of }: Span,
  { from, until }: DayRange,
): string[] | undefined {
  const first = of === 'days' ? from : until
  if (!listing || first === undefined || until === undefined) return undefined
  const seen = new Uint8Array(listing.symbols.length)
  for (const symbol of found) {
    const place = listing.find(symbol)
    if (place >= 0) seen[place] = 1
  }
  return listing.symbols.filter((_, place) => seen[place] === 0 && listing.isListed(place, first, until))
}
