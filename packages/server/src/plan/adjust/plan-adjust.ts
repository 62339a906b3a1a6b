import type { AdjustmentRule, Dataset } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
import { seriesOf } from '../bars/series-of.ts'
import { fieldOf } from '../columns.ts'
import type { Filters } from '../filters.ts'
import { datasetOf, type PlanContext } from '../plan-context.ts'
import type { Lookup } from '../query-plan.ts'
import type { LatestRead, PlannedValue } from '../read-types.ts'
import type { Equal, Symbols } from '../rows.ts'
import type { RowRange } from '../select-range.ts'
import type { AdjustStep } from '../step.ts'
import type { AdjustmentPlan } from './adjustment.ts'
import { isJoinable } from './select-factors.ts'

/** Each symbol's last `n` dates on or before `end`, the last `skip` of which are the answer's own. */
export interface WantedBefore {
  readonly end: string | undefined
  readonly n: number
  readonly skip: number
  readonly equal?: Equal | undefined
  readonly where?: Filters | undefined
}

/** The lookup of the default anchor. */
const ANCHOR = 'anchor'

/** How prices are adjusted; if `joined` is given, the read of the rows joins its factors. */
export interface PlannedAdjustment {
  readonly step: AdjustStep
  readonly lookups: readonly Lookup[]
  readonly joined?: string | undefined
}

/** Plans how the rows of a range are adjusted. */
export function planAdjust(
  context: PlanContext,
  dataset: Dataset,
  plan: AdjustmentPlan,
  {
    anchor: known,
    before,
    range,
  }: { anchor?: string | undefined; before?: (() => WantedBefore) | undefined; range: RowRange },
): PlannedAdjustment {
  const { rule, adjust, missing, ofRowBefore } = plan
  const { symbols } = range
  const factors = datasetOf(context, rule.dataset)
  refuseFiltered(dataset, plan, range.where)
  refuseSeveral(dataset, plan, range.where)
  const [symbol, date] = [fieldOf(dataset, 'symbol'), fieldOf(dataset, 'date')]
  const joined = isJoinable(dataset, factors, context.facts.enforcesKey(factors) === true)
  const anchor = adjust === 'qfq' ? (known ?? { lookup: ANCHOR }) : undefined
  const joinedName = joined ? { factor: factors.name } : {}
  // Without a start there is no row before.
  const rows = ofRowBefore ? before?.() : undefined
  const wanted = rows && (rows.end !== undefined || rows.skip > 0) ? rows : undefined
  return {
    joined: joined ? factors.name : undefined,
    lookups: typeof anchor === 'object' ? [lookupOf(dataset, range)] : [],
    step: {
      ...{ step: 'adjust', adjust, rule, missing, ofRowBefore, symbol, date },
      ...(anchor === undefined ? {} : { anchor }),
      factors: joined
        ? { from: 'rows', ...(anchor === undefined ? {} : { atAnchor: atAnchor(factors, rule, symbols, anchor) }) }
        : {
            from: 'history',
            read: {
              ...{ read: 'factors', dataset: factors.name, factor: rule.factor, symbols },
              ...(context.facts.enforcesKey(factors) ? {} : { repeats: true }),
            },
            start: range.start?.slice(0, 10),
            end: range.end?.slice(0, 10),
          },
      ...(wanted
        ? { before: { read: readBefore(dataset, symbols, wanted, [symbol, date], joinedName), skip: wanted.skip } }
        : {}),
    },
  }
}

const lookupOf = ({ name: dataset }: Dataset, { symbols, start, end, equal, where }: RowRange): Lookup => ({
  names: [ANCHOR],
  day: true,
  read: { read: 'lastDate', dataset, symbols, start, end, equal, where },
})

/** The factor of each symbol on a day: the last one on or before it. */
const atAnchor = (factors: Dataset, { factor }: AdjustmentRule, symbols: Symbols, end: PlannedValue): LatestRead => ({
  ...{ read: 'latest', dataset: factors.name, fields: [fieldOf(factors, 'symbol'), factor] },
  ...{ symbols, end, n: 1, present: factor },
})

const readBefore = (
  { name }: Dataset,
  symbols: RowRange['symbols'],
  { end, n, equal, where }: WantedBefore,
  fields: readonly string[],
  joined: { readonly factor?: string },
): LatestRead => ({ read: 'latest', dataset: name, fields, symbols, end, n, equal, where, ...joined })

/** Refuses filters that may drop the row before another. Key fields are fine: they select another series. */
function refuseFiltered({ key }: Dataset, { rule, ofRowBefore }: AdjustmentPlan, where: Filters = {}): void {
  const other = Object.keys(where).find((field) => !key.includes(field))
  if (!ofRowBefore || other === undefined) return
  throw new StockdbError(
    'INVALID_INPUT',
    `where: got ${other}; expected fields of the key only, because ${rule.previousClose} is adjusted by the factor of the row before, which ${other} may leave out; or leave out ${rule.previousClose} and what is computed of it`,
  )
}

/** Refuses several series, such as exchanges: if one has no row on a day, the row before could be that of another one. */
function refuseSeveral(dataset: Dataset, { rule, ofRowBefore }: AdjustmentPlan, where: Filters = {}): void {
  const open = ofRowBefore ? seriesOf(dataset).find((field) => !isOneValue(where[field])) : undefined
  if (open === undefined) return
  throw new StockdbError(
    'INVALID_INPUT',
    `where: got no single value of ${open}; expected one, because ${rule.previousClose} is adjusted by the factor of the row before, which must have the same ${open}; or declare it in only, or leave out ${rule.previousClose} and what is computed of it`,
  )
}

const isOneValue = (filter: unknown): boolean =>
  Array.isArray(filter) ? filter.length === 1 : filter !== undefined && filter !== null && typeof filter !== 'object'
