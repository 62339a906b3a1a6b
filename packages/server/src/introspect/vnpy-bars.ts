import { sql } from 'kysely'
import type { Introspector } from '../engine/introspector.ts'
import type { DatasetDraft, Rules } from './draft.ts'
import type { Names } from './names.ts'

/** The columns by which a table of vnpy's bars is known. */
const COLUMNS = ['symbol', 'exchange', 'datetime', 'interval', 'close_price']
const TIMEOUT_MS = 30_000
/** Lengths of bars in vnpy's words, which begin with the time that they bear. */
const MINUTES: Readonly<Record<string, `${number}min`>> = { '1m': '1min', '5m': '5min', '15m': '15min', '1h': '60min' }
const SESSIONS = [
  ['09:30', '11:30'],
  ['13:00', '15:00'],
] as const

/**
 * vnpy keeps bars of all lengths in one table: where there are several, each becomes a dataset beside the whole table. Other
 * tables stay as they are. Codes are told apart by their exchange, which stays a field.
 */
export async function splitBars(
  database: Introspector,
  draft: DatasetDraft,
  names: Names,
): Promise<readonly DatasetDraft[]> {
  const fields = new Map(draft.fields.map((field) => [field.name, field]))
  if (draft.tables || !COLUMNS.every((name) => fields.has(name)) || fields.get('interval')?.type !== 'text')
    return [draft]
  if (fields.get('datetime')?.type !== 'datetime') return [draft]
  const intervals: readonly { readonly interval: string }[] = await database.kysely
    .selectFrom(sql<{ interval: string }>`${sql.id(draft.table)}`.as('t'))
    .select(sql<string>`${sql.id('t', 'interval')}`.as('interval'))
    .distinct()
    .orderBy('interval')
    .execute({ signal: AbortSignal.timeout(TIMEOUT_MS) })
    .catch((): { interval: string }[] => [])
  const has = (list: readonly string[]): readonly string[] => list.filter((name) => fields.has(name))
  const ofOneLength = intervals.map(({ interval }) => {
    const stored = MINUTES[interval]
    const rules: Rules = {
      bars: {
        ...{ first: has(['open_price']), max: has(['high_price']), min: has(['low_price']) },
        ...{ last: has(['close_price', 'open_interest']), sum: has(['volume', 'turnover']) },
        minutes: { sessions: SESSIONS, label: 'start', stored: stored ?? '1min' },
      },
    }
    return {
      ...draft,
      name: intervals.length > 1 ? names.nameFor(`${draft.table}_${interval}`) : draft.name,
      description: `Bars of vnpy, interval ${interval}`,
      key: { value: ['symbol', 'exchange', 'interval', 'datetime'] },
      symbol: { value: 'symbol' },
      date: { value: 'datetime' },
      only: { interval },
      ...(stored === undefined ? {} : { rules }),
      warnings: [...draft.warnings, 'a code may be on several exchanges: ask with where: { exchange: … }'],
    }
  })
  const [first, second] = ofOneLength
  if (second !== undefined) return [draft, ...ofOneLength]
  return [first?.rules ? { ...draft, rules: first.rules } : draft]
}
