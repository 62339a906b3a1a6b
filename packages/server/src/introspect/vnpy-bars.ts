import { sql } from 'kysely'
import type { Introspector } from '../engine/introspector.ts'
import type { DatasetDraft, FieldDraft, Rules } from './draft.ts'
import type { Names } from './names.ts'
import { sampleTable } from './sample.ts'
import { marketOf } from './split-symbol.ts'

/** The columns that identify a table of vnpy's bars. */
const COLUMNS = ['symbol', 'exchange', 'datetime', 'interval', 'close_price']
const TIMEOUT_MS = 30_000
/** Lengths of bars in vnpy's words, which begin with the time that they bear. */
const MINUTES: Readonly<Record<string, `${number}min`>> = { '1m': '1min', '5m': '5min', '15m': '15min', '1h': '60min' }
const WORDS: Readonly<Record<string, string>> = {
  d: 'Daily bars',
  w: 'Weekly bars',
  '1m': 'Bars of one minute',
  '1h': 'Bars of one hour',
}
const SESSIONS = [
  ['09:30', '11:30'],
  ['13:00', '15:00'],
] as const

/**
 * vnpy keeps bars of all lengths in one table: each length becomes a dataset, besides the whole table if there are several. Other
 * tables stay as they are.
 */
export async function splitBars(
  database: Introspector,
  draft: DatasetDraft,
  names: Names,
): Promise<readonly DatasetDraft[]> {
  const fields = new Map(draft.fields.map((field) => [field.name, field]))
  if (draft.tables || !COLUMNS.every((name) => fields.has(name)) || fields.get('interval')?.type !== 'text')
    return [draft]
  if (draft.symbol?.value !== 'symbol' || fields.get('symbol')?.exchange === undefined) return [draft]
  const series = await seriesIn(database, draft.table).catch(() => undefined)
  if (!series) {
    const warning = `the lengths of its bars are not known, because finding them took too long; declare a dataset for each with only: { interval: … }`
    return [{ ...draft, warnings: [...draft.warnings, warning] }]
  }
  const byLength = Map.groupBy(series, ({ interval }) => interval)
  const ofOneLength: DatasetDraft[] = []
  for (const [interval, exchanges] of byLength) {
    const name = byLength.size > 1 ? names.nameFor(`${draft.table}_${interval}`) : draft.name
    const words = exchanges.map(({ exchange }) => exchange)
    ofOneLength.push(await barsOfLength(database, { ...draft, name }, interval, words))
  }
  return ofOneLength.length > 1 ? [draft, ...ofOneLength] : ofOneLength.length === 1 ? ofOneLength : [draft]
}

/** Which lengths of bars a table has, of which exchanges. */
async function seriesIn(
  { kysely }: Introspector,
  table: string,
): Promise<readonly { readonly interval: string; readonly exchange: string }[]> {
  return kysely
    .selectFrom(sql<{ interval: string; exchange: string }>`${sql.id(table)}`.as('t'))
    .select([
      sql<string>`${sql.id('t', 'interval')}`.as('interval'),
      sql<string>`${sql.id('t', 'exchange')}`.as('exchange'),
    ])
    .distinct()
    .orderBy('interval')
    .orderBy('exchange')
    .execute({ signal: AbortSignal.timeout(TIMEOUT_MS) })
}

/** The dataset of the bars of one length. */
async function barsOfLength(
  database: Introspector,
  draft: DatasetDraft,
  interval: string,
  exchanges: readonly string[],
): Promise<DatasetDraft> {
  const market = marketOf(exchanges)
  const minutes = MINUTES[interval]
  const isDaily = interval === 'd'
  const days = minutes === undefined ? await daysOf(database, draft, interval) : undefined
  const kept = draft.fields.filter(({ name }) => draft.key.value.join() !== name)
  const fields = kept.map((field) => (field.name === 'datetime' ? (days ?? field) : field))
  const has = (...list: string[]): readonly string[] =>
    list.filter((name) => fields.some((field) => field.name === name))
  const bars = {
    ...{ first: has('open_price'), max: has('high_price'), min: has('low_price') },
    ...{ last: has('close_price', 'open_interest'), sum: has('volume', 'turnover') },
  }
  const rules: Rules =
    minutes !== undefined && market === 'stocks'
      ? { bars: { ...bars, minutes: { sessions: SESSIONS, label: 'start', stored: minutes } } }
      : isDaily && days
        ? { bars }
        : {}
  const warnings = [
    ...draft.warnings,
    ...(minutes !== undefined && market !== 'stocks'
      ? ['no freq: the sessions of its exchanges differ from those of stocks; declare bars for one market']
      : []),
    ...(isDaily && !days ? ['no panel: its daily bars have times of day, so their day is not certain'] : []),
    ...(market === undefined ? [`no calendar and no adjustment: its exchanges are ${exchanges.join(', ')}`] : []),
  ]
  return {
    ...draft,
    description: `${WORDS[interval] ?? `Bars of interval ${interval}`}, of vnpy`,
    fields,
    leftOut: [...draft.leftOut, ...draft.fields.filter((field) => !kept.includes(field)).map(numberOfRow)],
    key: { value: ['symbol', 'datetime'] },
    only: { interval },
    ...(Object.keys(rules).length === 0 ? {} : { rules }),
    market: {
      calendar: isDaily && days !== undefined && market !== undefined,
      prices:
        interval === 'w' || market === undefined || market === 'futures'
          ? []
          : has('open_price', 'high_price', 'low_price', 'close_price'),
    },
    warnings,
  }
}

const numberOfRow = ({ column, columnType }: FieldDraft) => ({ column, columnType, reason: 'the number of the row' })

/** The field of the days of bars that are all stored as midnight; `undefined` where they have a time. */
async function daysOf(database: Introspector, draft: DatasetDraft, interval: string): Promise<FieldDraft | undefined> {
  const field = draft.fields.find(({ name }) => name === 'datetime')
  if (!field) return undefined
  const where = sql<boolean>`${sql.id('t', 'interval')} = ${interval}`
  const column = { name: field.column, type: field.columnType }
  const [sample = []] = await sampleTable(database, draft.table, [column], where).catch(() => [])
  const read = database.readColumn(field.columnType, sample, field.column)
  if ('leftOut' in read || read.type !== 'date') return undefined
  const { dateFormat: _, ...rest } = field
  return { ...rest, ...read, notes: [] }
}
