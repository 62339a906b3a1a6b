import { type Dataset, tushare } from '@stockdb/contract'
import { tushareRoles } from '@stockdb/contract/internal'
import type { DatasetDraft, Rules } from './draft.ts'

/**
 * Brings the rules of Tushare's datasets along to the tables that are copies of theirs: as far as the fields are there, and
 * under the names that the other datasets have here.
 */
export function linkRules(drafts: readonly DatasetDraft[]): DatasetDraft[] {
  const copies = new Map<string, DatasetDraft>()
  for (const draft of drafts) if (draft.like !== undefined && !copies.has(draft.like)) copies.set(draft.like, draft)
  return drafts.map((draft) => {
    const known = draft.like === undefined ? undefined : (tushare as Readonly<Record<string, Dataset>>)[draft.like]
    if (!known) return draft.tables || draft.wide ? withRulesOfMany(draft, copies) : withMarket(draft, copies)
    const missing = known.pointInTime ? missingOf(known.pointInTime, hasOf(draft)) : []
    return {
      ...draft,
      rules: rulesLike(known, draft, copies),
      warnings: missing.length === 0 ? draft.warnings : [...draft.warnings, noAsOf(missing)],
    }
  })
}

/** The calendar and the factors of the stocks that a table has besides Tushare's columns. */
function withMarket(draft: DatasetDraft, copies: Copies): DatasetDraft {
  const { market } = draft
  if (!market) return draft
  const prices = market.prices.filter((price) =>
    draft.fields.some(({ name, type }) => name === price && type === 'float64'),
  )
  const factors = copies.get('adj_factor')
  const hasCalendar = copies.has(tushareRoles.calendar.dataset)
  const rules: Rules = {
    ...draft.rules,
    ...(market.calendar && hasCalendar ? { calendar: 'SSE' } : {}),
    ...(factors?.date && prices.length > 0
      ? { adjustment: { dataset: factors.name, factor: 'adj_factor', prices } }
      : {}),
  }
  const missing = [
    ...(market.calendar && !hasCalendar
      ? [`no panel: the database has no calendar such as Tushare's ${tushareRoles.calendar.dataset}`]
      : []),
    ...(prices.length > 0 && !factors?.date ? ['no adjust: the database has no factors such as adj_factor'] : []),
  ]
  return { ...draft, rules, warnings: [...draft.warnings, ...missing] }
}

/** Names of columns with prices. */
const PRICE = /^(?:open|high|low|close|pre_close|vwap|开盘价?|最高价?|最低价?|收盘价?)$/i

/** Rules of one table per stock, and of a wide table, in columns of other names than Tushare's. */
function withRulesOfMany(draft: DatasetDraft, copies: Copies): DatasetDraft {
  const { fields, symbol, date } = draft
  const isDaily = symbol && fields.some(({ name, type }) => name === date?.value && type === 'date')
  if (!isDaily || draft.tables?.notation) return draft
  const prices = fields.filter(({ name, type }) => type === 'float64' && PRICE.test(name)).map(({ name }) => name)
  const factors = copies.get('adj_factor')
  const rules: Rules = {
    ...(copies.has(tushareRoles.calendar.dataset) ? { calendar: 'SSE' } : {}),
    ...(factors?.date && prices.length > 0
      ? { adjustment: { dataset: factors.name, factor: 'adj_factor', prices } }
      : {}),
  }
  return { ...draft, rules }
}

/** The tables that are copies, by the names of Tushare's datasets. */
type Copies = ReadonlyMap<string, DatasetDraft>

const noAsOf = (missing: readonly string[]): string =>
  `no asOf and no screens: ${missing.join(', ')} of Tushare's table is missing or of another type; without it, when a row was known cannot be determined`

function rulesLike(known: Dataset, draft: DatasetDraft, copies: Copies): Rules {
  const has = hasOf(draft)
  const hasDate = draft.date !== undefined && draft.symbol !== undefined
  const list = known.symbols === undefined ? undefined : copies.get(known.symbols)?.name
  const listing = known.listing && listingLike(known.listing, copies)
  const adjustment = hasDate ? adjustmentLike(known, draft, has, copies) : undefined
  const bars = hasDate ? barsLike(known, has) : undefined
  return {
    ...(list === undefined || draft.symbol === undefined ? {} : { symbols: list }),
    ...(known.calendar !== undefined && draft.date && copies.has(tushareRoles.calendar.dataset)
      ? { calendar: known.calendar }
      : {}),
    ...(listing && draft.symbol ? { listing } : {}),
    ...(adjustment ? { adjustment } : {}),
    ...(bars ? { bars } : {}),
    ...(known.pointInTime && missingOf(known.pointInTime, has).length === 0
      ? { pointInTime: present(known.pointInTime, has) }
      : {}),
  }
}

type Has = (name: string | undefined, ...types: string[]) => boolean

/** Whether the table has a field, of one of these types if any are named. */
function hasOf({ fields }: DatasetDraft): Has {
  const types = new Map(fields.map(({ name, type }) => [name, type]))
  return (name, ...wanted) =>
    name === undefined || (types.has(name) && (wanted.length === 0 || wanted.includes(types.get(name) as string)))
}

/** The listing, if the list has its first and its last day. */
function listingLike(rule: NonNullable<Dataset['listing']>, copies: Copies): Dataset['listing'] {
  const list = copies.get(rule.dataset)
  const isDate = (name: string): boolean =>
    list?.fields.some((field) => field.name === name && field.type === 'date') ?? false
  return list && isDate(rule.from) && isDate(rule.to) ? { ...rule, dataset: list.name } : undefined
}

function adjustmentLike({ adjustment: rule }: Dataset, draft: DatasetDraft, has: Has, copies: Copies) {
  // Bars may come with their factor.
  const factors = rule && (copies.get(rule.dataset) ?? (has(rule.factor, 'float64') ? draft : undefined))
  if (!rule || !factors?.date) return undefined
  const dataset = factors.name
  const prices = rule.prices.filter((price) => has(price, 'float64'))
  if (prices.length === 0) return undefined
  const { factor } = rule
  if (rule.close === undefined || !prices.includes(rule.close) || !prices.includes(rule.previousClose))
    return { dataset, factor, prices }
  const { close, previousClose, previousCloseIs, change, percentChange, percentScale } = rule
  return {
    ...{ dataset, factor, prices, close, previousClose, previousCloseIs },
    ...(change !== undefined && has(change, 'float64') ? { change } : {}),
    ...(percentChange !== undefined && has(percentChange, 'float64') ? { percentChange } : {}),
    ...(percentScale === undefined ? {} : { percentScale }),
  }
}

function barsLike({ bars }: Dataset, has: Has): Dataset['bars'] {
  if (!bars) return undefined
  const { change, minutes } = bars
  const kept = (list: readonly string[]): readonly string[] =>
    list.filter((name) => has(name, 'float64', 'int32', 'int64'))
  if (minutes?.frequency !== undefined && !has(minutes.frequency)) return undefined
  const isChange = change && Object.values(change).every((name) => has(name, 'float64'))
  return {
    ...{
      first: kept(bars.first),
      max: kept(bars.max),
      min: kept(bars.min),
      last: kept(bars.last),
      sum: kept(bars.sum),
    },
    ...(isChange ? { change } : {}),
    ...(minutes ? { minutes } : {}),
  }
}

/** The rule for the fields that are there. */
function present(rule: NonNullable<Dataset['pointInTime']>, has: Has): NonNullable<Dataset['pointInTime']> {
  switch (rule.kind) {
    case 'announced': {
      // Tushare's answers leave the update flag out unless it is asked for. Two announcements of one day are then a repeated key.
      const { update, ...others } = rule
      return has(update) ? rule : others
    }
    case 'interval': {
      const { currentOnly, instead, ...dates } = rule
      return {
        ...dates,
        ...(currentOnly ? { currentOnly: currentOnly.filter((name) => has(name)) } : {}),
        ...(instead ? { instead: ofPresent(instead, has) } : {}),
      }
    }
    case 'current':
      return {
        ...rule,
        immutable: rule.immutable.filter((name) => has(name)),
        instead: ofPresent(rule.instead ?? {}, has),
      }
    default:
      return rule
  }
}

const ofPresent = (instead: Readonly<Record<string, string>>, has: Has): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(instead).filter(([name]) => has(name)))

/** The fields without which a rule would be wrong. */
function missingOf(rule: NonNullable<Dataset['pointInTime']>, has: Has): readonly string[] {
  const dates = (...names: (string | undefined)[]): string[] =>
    names.filter((name) => name !== undefined && !has(name, 'date')) as string[]
  switch (rule.kind) {
    case 'announced':
      return [
        ...dates(rule.period, rule.announced, rule.actual),
        ...[rule.reportType ?? []].flat().filter((name) => !has(name)),
      ]
    case 'interval':
      return dates(rule.from, rule.to)
    default:
      return []
  }
}
