import type { Batch, FrameChunk, FrameHeader, FrameSource } from '@stockdb/contract/wire'
import type { Snapshot } from '../engine/engine.ts'
import { ruleText } from '../plan/adjust/adjustment.ts'
import type { MissingFactorCount } from '../plan/adjust/missing-factors.ts'
import { OneRow } from '../plan/bars/one-row.ts'
import { CodeOrder } from '../plan/code-order.ts'
import { type QueryPlan, readTogether } from '../plan/planner.ts'
import { type OpenedBars, openBars } from './bars.ts'
import { CoverageCount } from './cells/coverage-count.ts'
import { coverageOf } from './cells/coverage-of.ts'
import { MemberCount } from './cells/member-count.ts'
import { demandUnique } from './demand-unique.ts'
import { type Expectations, expectationsFor } from './expectations.ts'
import { firstRows } from './first-rows.ts'
import { calendarAsOf } from './known-calendar.ts'
import { LastDates } from './last-dates.ts'
import { type OpenedAdjuster, openAdjuster } from './open-adjuster.ts'
import { withoutRepeats } from './read-rows.ts'
import { readAtOnce } from './reading.ts'
import type { Sources } from './sources.ts'

/**
 * Answers a plan: its header at once, its rows batch by batch as they are pulled. Nothing is held but the batch in
 * hand and, for adjusted prices, a factor a symbol or the days on which it changes. All that it is made of is read in one
 * state of the database.
 */
export async function execute(sources: Sources, plan: QueryPlan, signal: AbortSignal): Promise<FrameSource> {
  const expectations = await expectationsFor(sources, plan)
  return readAtOnce(sources.engine, readTogether(plan), signal, (reading) =>
    executeFrom(reading, plan, expectations, signal),
  )
}

/** What several answers of one state of the database have in common. */
export interface SharedParts {
  readonly adjusting?: OpenedAdjuster | undefined
  /** Counts the rows of all of them that have no factor. */
  readonly missing?: MissingFactorCount | undefined
}

/** As {@link execute}, from what was opened for it and perhaps for more; its rows are the last that is read of that. */
export async function executeFrom(
  reading: Snapshot,
  asked: QueryPlan,
  expectations: Expectations,
  signal: AbortSignal,
  shared: SharedParts = {},
): Promise<FrameSource> {
  const { calendar } = expectations
  const { dataset, adjustment, asOf, bars } = asked
  const merged = await demandUnique(reading, asked.repeatChecks ?? [], signal)
  const plan = merged && asked.mergedQuery ? { ...asked, query: asked.mergedQuery(merged) } : asked
  const lastDates = new LastDates(reading, plan, signal)
  const adjusting = shared.adjusting ?? (await openAdjuster(reading, plan, lastDates, signal))
  const opened = await openBars(reading, plan, calendar, lastDates, signal)
  const { symbol, date } = dataset
  const adjust = adjustment?.plan.adjust ?? 'none'
  const header: FrameHeader = {
    fields: plan.fields,
    meta: {
      dataset: dataset.name,
      ...(symbol === undefined ? {} : { symbol }),
      ...(date === undefined ? {} : { date }),
      arguments: plan.arguments,
      ...(dataset.adjustment ? { adjust, rule: ruleText(dataset.adjustment, adjust) } : {}),
      ...(bars ? { freq: bars.kind === 'sessions' ? bars.period : bars.freq } : {}),
      ...(opened.from === undefined ? {} : { from: opened.from }),
      ...(asOf ? { asOf: asOf.date, rule: asOf.rule } : {}),
      ...(adjusting?.anchor === undefined ? {} : { anchor: adjusting.anchor }),
      ...calendarAsOf(calendar),
    },
  }
  const found = { ...opened, adjusting, missing: shared.missing, expectations }
  return { header, chunks: chunks(reading, plan, found, signal) }
}

interface Found extends OpenedBars {
  readonly adjusting: OpenedAdjuster | undefined
  readonly missing: MissingFactorCount | undefined
  readonly expectations: Expectations
}

async function* chunks(
  reading: Snapshot,
  { dataset, fields, limit = Number.POSITIVE_INFINITY, adjustment, span, members: told }: QueryPlan,
  { query, builder, adjusting, missing, expectations }: Found,
  signal: AbortSignal,
): AsyncGenerator<FrameChunk> {
  const names = query.columns.map(({ name }) => name)
  let rows = 0
  let complete = true
  const adjuster = adjusting?.adjusterFor(query.columns, missing)
  let ended: Batch | undefined
  const known = { ...expectations, sessions: expectations.calendar.days }
  const covered =
    span &&
    new CoverageCount(dataset, names, {
      sessions: known.sessions,
      last: span.of !== 'days',
      leavesOut: adjustment?.plan.missing === 'skip',
    })
  const members = told && new MemberCount(told, dataset.symbol, names)
  const cut = (read: Batch): Batch => {
    const batch = members ? members.take(read) : read
    if (rows + batch.numRows <= limit) return batch
    complete = false
    return firstRows(batch, limit - rows)
  }
  const merged = query.repeats?.onDuplicate !== undefined
  const bySymbol = builder !== undefined || adjustment?.plan.ofRowBefore === true
  const order =
    dataset.managed === false && dataset.symbol && bySymbol && new CodeOrder(dataset, names.indexOf(dataset.symbol))
  const one = bySymbol ? OneRow.of(dataset, names) : undefined
  const looked = builder || merged ? undefined : limit
  for await (const { batch: read, last } of withoutRepeats(reading.readLast(query, signal), query, looked)) {
    if (order) order.check(read)
    one?.check(read)
    let batch = builder ? read : cut(read)
    const shortened = batch !== read
    if (adjuster) {
      batch = adjuster.take(batch)
      if (adjuster.refuses) {
        // So that the error names all symbols, the rest is read as well.
        if (last) throw adjuster.missing.error()
        continue
      }
    }
    if (!builder) covered?.add(batch, shortened)
    else {
      const kept = batch
      batch = cut(builder.take(kept, last))
      covered?.addBars(batch, kept, builder.used)
    }
    rows += batch.numRows
    const asked = { ...batch, vectors: batch.vectors.slice(0, fields.length) }
    // No more than one row beyond the limit is read, but the rows of all bars are, and repeats that are left out.
    if (last || ((builder !== undefined || merged) && !complete)) {
      ended = asked
      if (!last) break
    } else if (batch.numRows > 0 || read.numRows === 0) yield { batch: asked }
  }
  if (!ended) return
  // After the read, which holds a connection: one for suspensions must not be waited for meanwhile.
  const rowsCovered = span && covered && (await coverageOf(covered, span, known, { complete, now: Date.now() }))
  const coverage = rowsCovered && members ? members.addTo(rowsCovered) : rowsCovered
  const missingFactor = adjuster?.missing.report()
  const trailer = { rows, complete, ...(coverage ? { coverage } : {}), ...(missingFactor ? { missingFactor } : {}) }
  yield { batch: ended, trailer }
}
