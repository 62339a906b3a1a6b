import type { Dataset } from '@stockdb/contract'
import { dateOf, daysOf, rolesOf } from '@stockdb/contract/internal'
import type { Adjust, Fill, FrameField, MissingFactor } from '@stockdb/contract/wire'
import { DEFAULT_EXCHANGE } from './calendar.ts'
import type { Reader } from './facts.ts'
import type { Filters } from './filters.ts'
import { type PlanContext, readOf } from './plan-context.ts'
import type { QueryPlan, RuleWords } from './query-plan.ts'
import type { ListRead } from './read-types.ts'
import type { AdjustStep, RowsPlan, Step } from './step.ts'

/** A panel's input, checked by its schema. */
export interface CheckedPanel {
  readonly symbols?: readonly string[] | undefined
  readonly start: string
  readonly end: string
  readonly fields: readonly string[]
  readonly fill?: Fill | undefined
  readonly maxFill?: number | undefined
  readonly adjust?: Adjust | undefined
  readonly anchor?: string | undefined
  readonly missingFactor?: MissingFactor | undefined
  readonly where?: Filters | undefined
  readonly unknownSymbols?: 'error' | 'ignore' | undefined
}

type BeforeInput = Omit<CheckedPanel, 'start' | 'end'> & { readonly date: string; readonly lookback: true }

/**
 * Plans a panel: a range with one row per symbol and trading day. The rows that fill gaps at its start are those that `at`
 * plans, adjusted to the same anchor.
 */
export function planDense(
  context: PlanContext,
  dataset: Dataset,
  { fill = 'none', maxFill, ...asked }: CheckedPanel,
  range: QueryPlan,
  reader: Reader,
  at: (input: BeforeInput) => QueryPlan,
): QueryPlan {
  const { start, end, fields, anchor, unknownSymbols: _, ...rest } = asked
  const symbols = asked.symbols && [...new Set(asked.symbols)].sort()
  const filled = fill === 'previous'
  const adjusting = range.steps.find((step) => step.step === 'adjust')
  const before = filled
    ? rowsOf(
        at({
          ...{ ...rest, fields, date: dateOf(daysOf(start) - 1), lookback: true },
          // Known, because a panel has an end.
          anchor: anchor ?? (adjusting?.adjust === 'qfq' ? end : undefined),
        }),
      )
    : undefined
  const delisted = filled ? delistings(context, symbols, reader) : undefined
  const steps: readonly Step[] = [
    ...(dataset.managed === false && range.steps[0]?.step !== 'inOrder'
      ? [{ step: 'inOrder', dataset: dataset.name } as const]
      : []),
    // The rows before the range need factors from before it.
    ...range.steps.map((step) => (filled && step.step === 'adjust' ? withoutStart(step) : step)),
    {
      ...{ step: 'dense', start, end, symbols, fields },
      exchange: dataset.calendar ?? DEFAULT_EXCHANGE,
      ...(maxFill === undefined ? {} : { maxFill }),
      ...(before ? { before } : {}),
      ...(delisted ? { delisted } : {}),
    },
  ]
  return {
    ...range,
    steps,
    fields: range.fields.map(asNumber),
    meta: {
      ...range.meta,
      ...(filled && lacksDelistings(context, reader)
        ? { rule: [...(range.meta.rule ?? []), pastDelistings(context)] }
        : {}),
      arguments: { ...range.meta.arguments, fill, ...(maxFill === undefined ? {} : { maxFill }) },
      fill,
    },
  }
}

/** The answer says what is filled that would not be if the list of stocks could be read. */
const pastDelistings = ({ catalogue }: PlanContext): RuleWords => ({
  words: `filled to the end, also past delistings, because ${rolesOf(catalogue).stocks?.dataset.name} cannot be read`,
})

const lacksDelistings = ({ catalogue }: PlanContext, reader: Reader): boolean => {
  const { stocks } = rolesOf(catalogue)
  return stocks?.delisted !== undefined && reader.lacks?.(stocks.dataset.name) === true
}

/** Integers become doubles, which can represent missing values. */
const asNumber = (field: FrameField): FrameField =>
  field.type === 'int32' || field.type === 'int64' ? { ...field, type: 'float64', nullable: true } : field

function withoutStart(step: AdjustStep): AdjustStep {
  const { factors } = step
  return factors.from === 'history' ? { ...step, factors: { ...factors, start: undefined } } : step
}

/** Rows read for another plan, which reuse its factors if those are read before the rows. */
function rowsOf({ rows, steps }: QueryPlan): RowsPlan {
  const own = steps.filter(({ step }) => step !== 'coverage' && step !== 'knownSymbols')
  return {
    rows,
    steps: own.map((step) =>
      step.step === 'adjust' && step.factors.from === 'history' && !step.ofRowBefore
        ? { ...step, factors: { from: 'outer plan' } }
        : step,
    ),
  }
}

/**
 * When stocks were delisted, which ends filling; from the list of stocks, if the catalogue has one and its table can be read.
 */
function delistings(
  context: PlanContext,
  symbols: readonly string[] | undefined,
  reader: Reader,
): ListRead | undefined {
  const { dataset: stocks, delisted } = rolesOf(context.catalogue).stocks ?? {}
  if (stocks?.symbol === undefined || stocks.date !== undefined || delisted === undefined) return undefined
  if (reader.lacks?.(stocks.name)) return undefined
  const fields = [stocks.symbol, delisted]
  return { read: 'list', ...readOf(context, stocks, fields), symbols, where: {} }
}
