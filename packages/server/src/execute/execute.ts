import type { Dataset } from '@stockdb/contract'
import { dateOf, tableName } from '@stockdb/contract/internal'
import type { Batch, FrameChunk, FrameHeader, FrameSource, FrameTrailer } from '@stockdb/contract/wire'
import { StockdbError } from '@stockdb/contract/wire'
import { turnShare } from '../bounds/turn-share.ts'
import type { ReadBatch, Snapshot } from '../engine/engine.ts'
import { isApart, withFactorsJoined } from '../plan/adjust/factors-apart.ts'
import { membersRead } from '../plan/members-read.ts'
import { datasetOf } from '../plan/plan-context.ts'
import type { PlanMeta, QueryPlan } from '../plan/query-plan.ts'
import { datasetsOf } from '../plan/read.ts'
import { readsOf, readTogether } from '../plan/uses.ts'
import { joinHere } from './adjust/join-here.ts'
import { type ChosenRows, chooseRows } from './choose-rows.ts'
import { calendarAsOf } from './known-calendar.ts'
import { openRows } from './operators/open-operators.ts'
import { type Operator, through } from './operators/operator.ts'
import { type Prepared, prepare } from './prepare.ts'
import { type AnswerSource, readAtOnce } from './reading.ts'
import { requireUnique } from './require-unique.ts'
import { collectRead, plannedValue, type Run } from './run.ts'
import type { Sources } from './sources.ts'

/**
 * Executes a plan: returns the header at once, and rows batch by batch as they are pulled. It holds only the current batch
 * and what the steps remember, such as factors per symbol. Everything in the answer is read in one state of the database,
 * or is in `blocks` as of one.
 */
export function execute(
  sources: Sources,
  plan: QueryPlan,
  signal: AbortSignal,
  blocks?: AnswerSource,
): Promise<FrameSource> {
  return sources.calendar.upToDate(() => executeOnce(sources, plan, signal, blocks))
}

async function executeOnce(
  sources: Sources,
  given: QueryPlan,
  signal: AbortSignal,
  blocks: AnswerSource | undefined,
): Promise<FrameSource> {
  const { engine, cache } = sources
  const prepared = await prepare(sources, given)
  const plan = blocks ? given : await readable(sources, given, signal)
  const together = readTogether(plan) && tablesOf(sources, plan)
  // An answer says the same, wherever its factors are joined.
  const isOfSeveralReads = readTogether(withFactorsJoined(plan)) !== undefined
  const make = async (reading: Snapshot): Promise<FrameSource> => {
    const found = { source: reading, cache, signal }
    const merged = await requireUnique(found, plan.checks)
    const rows = await chooseRows(found, plan)
    const run = { ...found, lookedUp: await lookUp(found, rows) }
    // Lookups give the same value whichever row of a key counts.
    const merging = { ...run, cache: cache.merging(merged) }
    const opened = await openRows({ run: merging, sources, prepared }, rows)
    // Blocks join what they have.
    const batches =
      isApart(rows.rows) && !('planned' in reading)
        ? joinHere(merging, reading, rows.rows, opened.query)
        : reading.readLast(opened.query, signal)
    const numbered = isOfSeveralReads ? reading : undefined
    return { header: headerOf(run, plan, rows, prepared), chunks: chunksOf(numbered, batches, opened.operators) }
  }
  return readAtOnce(engine, together, signal, make, blocks)
}

/** The plan, or that of one statement where the tables have no states that several statements could share. */
async function readable({ engine, cache }: Sources, plan: QueryPlan, signal: AbortSignal): Promise<QueryPlan> {
  const joined = withFactorsJoined(plan)
  if (joined === plan || readTogether(joined)) return plan
  for (const name of datasetsOf(plan.rows))
    if (!(await engine.keepsTransactions(datasetOf(cache, name), signal))) return joined
  return plan
}

/** The tables that a plan reads, each once; of a dataset with several only those that it needs. */
function tablesOf({ cache }: Sources, plan: QueryPlan): readonly Dataset[] {
  const found = new Map<string, Dataset>()
  for (const read of readsOf(plan)) {
    const chosen = cache.choosing(membersRead(cache, read, new Map()))
    for (const name of datasetsOf(read))
      for (const table of chosen.tablesOf(datasetOf(cache, name))) found.set(tableName(table), table)
  }
  return [...found.values()]
}

/** The values that later reads and steps refer to. */
async function lookUp(run: Omit<Run, 'lookedUp'>, { lookups }: ChosenRows): Promise<Run['lookedUp']> {
  const values = new Map<string, string | undefined>()
  for (const { names, read, required, day } of lookups) {
    const columns = await collectRead({ ...run, lookedUp: values }, read)
    for (const [at, name] of names.entries()) {
      const [found] = columns[at] ?? columns[0] ?? []
      const value = typeof found === 'string' ? found : undefined
      if (value === undefined && required !== undefined) throw new StockdbError('INVALID_INPUT', required)
      values.set(name, day ? value?.slice(0, 10) : value)
    }
  }
  return values
}

function headerOf(run: Run, plan: QueryPlan, { steps, from }: ChosenRows, { calendar, days }: Prepared): FrameHeader {
  const { rule, ...meta } = plan.meta
  const adjust = steps.find((step) => step.step === 'adjust')
  const anchor = adjust?.anchor === undefined ? undefined : plannedValue(run, adjust.anchor)
  return {
    fields: plan.fields,
    meta: {
      ...meta,
      ...(rule ? { rule: wordsOf(run, rule) } : {}),
      ...(from === undefined ? {} : { from }),
      ...(anchor === undefined ? {} : { anchor }),
      ...calendarAsOf(calendar),
      ...(days ? { sessions: Array.from(days.days, dateOf) } : {}),
    },
  }
}

const wordsOf = ({ lookedUp }: Run, rule: NonNullable<PlanMeta['rule']>): string =>
  rule
    .map(({ words, lookup }) => (lookup === undefined ? words : `${words}: ${lookedUp.get(lookup) ?? 'none'}`))
    .join('; ')

/** A batch whose steps and encoding take a millisecond or more. */
const MANY_ROWS = 1_000

async function* chunksOf(
  numbered: Pick<Snapshot, 'sequence'> | undefined,
  batches: AsyncIterable<ReadBatch>,
  operators: readonly Operator[],
): AsyncGenerator<FrameChunk> {
  let rows = 0
  let end: Iterator<Batch> | undefined
  for await (const { batch, last } of batches) {
    if (batch.numRows >= MANY_ROWS) await turnShare.turn()
    const made = through(operators, batch, last)[Symbol.iterator]()
    if (last) {
      end = made
      continue
    }
    let held: Batch | undefined
    for (let next = made.next(); !next.done; next = made.next()) {
      if (held) {
        rows += held.numRows
        yield { batch: held }
      }
      held = next.value
    }
    if (operators.some(({ done }) => done)) {
      end = (held ? [held] : [])[Symbol.iterator]()
      break
    }
    if (held && (held.numRows > 0 || batch.numRows === 0)) {
      rows += held.numRows
      yield { batch: held }
    }
  }
  if (!end) return
  let next = end.next()
  if (next.done) return
  // Before the last rows are sent, so that a short answer can fail with a status; after the read, which holds a connection.
  for (const operator of operators) await operator.check?.()
  let ended = next.value
  for (next = end.next(); !next.done; next = end.next()) {
    rows += ended.numRows
    yield { batch: ended }
    ended = next.value
  }
  // After the read, which holds a connection: reading suspensions or symbols must not wait for another one meanwhile.
  const sequence = numbered?.sequence
  const counted = { rows: rows + ended.numRows, complete: true, ...(sequence === undefined ? {} : { sequence }) }
  const trailer = await trailerOf(operators, counted)
  yield { batch: ended, trailer }
}

async function trailerOf(operators: readonly Operator[], counted: FrameTrailer): Promise<FrameTrailer> {
  let trailer = counted
  for (const operator of operators) {
    const ended = operator.end?.(trailer) ?? trailer
    // Most are synchronous.
    trailer = ended instanceof Promise ? await ended : ended
  }
  return trailer
}
