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
    return known ? { ...draft, rules: rulesLike(known, draft, copies) } : draft
  })
}

/** The tables that are copies, by the names of Tushare's datasets. */
type Copies = ReadonlyMap<string, DatasetDraft>

function rulesLike(known: Dataset, draft: DatasetDraft, copies: Copies): Rules {
  const types = new Map(draft.fields.map(({ name, type }) => [name, type]))
  const has = (name: string | undefined, ...wanted: string[]): boolean =>
    name === undefined || (types.has(name) && (wanted.length === 0 || wanted.includes(types.get(name) as string)))
  const hasDate = draft.date !== undefined && draft.symbol !== undefined
  const list = known.symbols === undefined ? undefined : copies.get(known.symbols)?.name
  const listing = known.listing && listingLike(known.listing, copies)
  const adjustment = hasDate ? adjustmentLike(known, has, copies) : undefined
  const bars = hasDate ? barsLike(known, has) : undefined
  return {
    ...(list === undefined || draft.symbol === undefined ? {} : { symbols: list }),
    ...(known.calendar !== undefined && draft.date && copies.has(tushareRoles.calendar.dataset)
      ? { calendar: known.calendar }
      : {}),
    ...(listing && draft.symbol ? { listing } : {}),
    ...(adjustment ? { adjustment } : {}),
    ...(bars ? { bars } : {}),
    ...(known.pointInTime && holds(known.pointInTime, has) ? { pointInTime: present(known.pointInTime, has) } : {}),
  }
}

type Has = (name: string | undefined, ...types: string[]) => boolean

/** The listing, if the list has its first and its last day. */
function listingLike(rule: NonNullable<Dataset['listing']>, copies: Copies): Dataset['listing'] {
  const list = copies.get(rule.dataset)
  const isDate = (name: string): boolean =>
    list?.fields.some((field) => field.name === name && field.type === 'date') ?? false
  return list && isDate(rule.from) && isDate(rule.to) ? { ...rule, dataset: list.name } : undefined
}

function adjustmentLike({ adjustment: rule }: Dataset, has: Has, copies: Copies) {
  const factors = rule && copies.get(rule.dataset)
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

/** Of a rule for what never changes only the fields that are there. */
function present(rule: NonNullable<Dataset['pointInTime']>, has: Has): NonNullable<Dataset['pointInTime']> {
  if (rule.kind !== 'current') return rule
  const instead = Object.entries(rule.instead ?? {}).filter(([name]) => has(name))
  return { ...rule, immutable: rule.immutable.filter((name) => has(name)), instead: Object.fromEntries(instead) }
}

/** Whether the fields of a rule are all there. */
function holds(rule: NonNullable<Dataset['pointInTime']>, has: Has): boolean {
  switch (rule.kind) {
    case 'announced':
      return (
        [rule.period, rule.announced, rule.actual].every((name) => has(name, 'date')) &&
        [rule.reportType, rule.update].every((name) => has(name))
      )
    case 'interval':
      return (
        [rule.from, rule.to].every((name) => has(name, 'date')) &&
        [...(rule.currentOnly ?? []), ...Object.keys(rule.instead ?? {})].every((name) => has(name))
      )
    default:
      return true
  }
}
