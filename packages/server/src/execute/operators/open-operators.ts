import type { Batch } from '@stockdb/contract/wire'
import type { ReadQuery } from '../../engine/engine.ts'
import { datasetOf } from '../../plan/plan-context.ts'
import type { DenseStep, RowsPlan, Step } from '../../plan/step.ts'
import { OneRow } from '../bars/one-row.ts'
import { CodeOrder } from '../code-order.ts'
import { Once } from '../once.ts'
import type { Prepared } from '../prepare.ts'
import { EnforcedKey } from '../repeats/enforced-key.ts'
import { Repeats } from '../repeats/repeats.ts'
import { queryOf, type Run } from '../run.ts'
import type { Sources } from '../sources.ts'
import { Adjust, openAdjust } from './adjust.ts'
import { type Bars, openBars } from './bars.ts'
import { Coverage } from './coverage.ts'
import { openDense } from './dense.ts'
import { KnownSymbols } from './known-symbols.ts'
import { Limit } from './limit.ts'
import { Members } from './members.ts'
import { checking, type Operator, through } from './operator.ts'
import { select } from './select.ts'

/** A query ready to run, and the operators for its rows. */
export interface OpenedRows {
  readonly query: ReadQuery
  readonly operators: readonly Operator[]
}

/** What is needed to open steps. */
export interface Opening {
  readonly run: Run
  readonly sources: Sources
  readonly prepared: Prepared
  /** Adjusts the rows of the enclosing plan. */
  readonly outer?: Adjust | undefined
}

/** Opens the steps of a plan, and reads what they need besides its rows. */
export async function openRows(opening: Opening, { rows, steps }: RowsPlan): Promise<OpenedRows> {
  const query = queryOf(opening.run, rows)
  const limit = steps.find((step) => step.step === 'limit')?.rows
  const opened = new Opened(opening, query)
  for (const step of steps) {
    const operator = opened.open(step)
    // Most steps read nothing of their own.
    opened.add(operator instanceof Promise ? await operator : operator)
  }
  const { repeats, enforced, columns } = query
  // Rows behind a limit are not checked if the limit counts rows as they are read.
  const counted = opened.readsAll ? undefined : limit
  const looked = repeats
    ? new Repeats(repeats, columns, counted)
    : enforced && EnforcedKey.of(opening.sources.engine, enforced, columns, counted)
  if (!looked) return { query, operators: opened.operators }
  return { query, operators: [{ push: (batch) => [looked.take(batch)] }, ...opened.operators] }
}

/** The operators of the steps opened so far. */
class Opened {
  readonly operators: Operator[] = []
  readonly #opening: Opening
  readonly #query: ReadQuery
  readonly #names: readonly string[]
  readonly #merged: boolean
  #members: Members | undefined
  #limit: Limit | undefined
  #adjust: Adjust | undefined
  #bars: Bars | undefined

  constructor(opening: Opening, query: ReadQuery) {
    this.#opening = opening
    this.#query = query
    this.#names = query.columns.map(({ name }) => name)
    this.#merged = query.repeats?.onDuplicate !== undefined
  }

  /** Whether all rows are read, not only one more than the limit. */
  get readsAll(): boolean {
    return this.#bars !== undefined || this.#merged
  }

  add(operator: Operator | undefined): void {
    if (operator instanceof Adjust) this.#adjust = operator
    if (operator) this.operators.push(operator)
  }

  open(step: Step): Operator | undefined | Promise<Operator> {
    const { run, sources, prepared, outer } = this.#opening
    const { columns } = this.#query
    const names = this.#names
    switch (step.step) {
      case 'once': {
        const once = new Once(step.datasets, names.indexOf(step.symbol))
        return checking((batch) => once.check(batch))
      }
      case 'inOrder': {
        const dataset = datasetOf(run.cache, step.dataset)
        const order = new CodeOrder(dataset, names.indexOf(dataset.symbol ?? ''))
        return checking((batch) => order.check(batch))
      }
      case 'oneRow': {
        const one = OneRow.of(datasetOf(run.cache, step.dataset), names)
        return one && checking((batch) => one.check(batch))
      }
      case 'members':
        this.#members = new Members(step, names)
        return this.#members
      case 'limit':
        this.#limit = new Limit(step.rows, this.readsAll)
        return this.#limit
      case 'adjust':
        return openAdjust(run, step, columns, outer)
      case 'bars':
        this.#bars = openBars(run, step, columns, prepared.calendar)
        return this.#bars
      case 'coverage':
        return new Coverage(
          step,
          names,
          { ...prepared, sessions: prepared.calendar.days },
          { bars: this.#bars, limit: this.#limit, members: this.#members },
        )
      case 'knownSymbols':
        return new KnownSymbols(step, names, sources, run.signal)
      case 'select':
        return select(step.fields)
      case 'dense':
        return this.#openDense(step)
      default:
        return step satisfies never
    }
  }

  #openDense(step: DenseStep): Promise<Operator> {
    const { run, prepared } = this.#opening
    const { days, calendar } = prepared
    if (!days) throw new TypeError('the trading days of the panel are not prepared')
    const names = this.#names.slice(0, step.fields.length + 2)
    const before = step.before && batchesOf({ ...this.#opening, outer: this.#adjust }, step.before)
    return openDense(run, step, names, calendar.need(), days, before)
  }
}

/** The rows of a nested plan. */
async function* batchesOf(opening: Opening, plan: RowsPlan): AsyncGenerator<Batch, void, undefined> {
  const { query, operators } = await openRows(opening, plan)
  const { source, signal } = opening.run
  for await (const { batch, last } of source.read(query, signal)) yield* through(operators, batch, last)
}
