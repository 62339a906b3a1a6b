import type { Dataset } from '@stockdb/contract'
import { changesInput, proceduresOf, tableName } from '@stockdb/contract/internal'
import type { ChangesAnswer, ChangesInput, DatasetInfo, ServerInfo, StateAnswer } from '@stockdb/contract/wire'
import { StockdbError, WIRE_VERSION } from '@stockdb/contract/wire'
import { databaseState } from '../engine/database-state.ts'
import type { Engine } from '../engine/engine.ts'
import { readChanges, readEnds } from '../engine/read-changes.ts'
import { countHoldings, problemOf } from '../execute/holdings.ts'
import type { DefinedFactor } from '../write/factors/read-factors.ts'
import { requireOwnTables } from '../write/require-own-tables.ts'
import type { CallContext, Live, Services } from './context.ts'
import { argumentsOf, procedure, router } from './trpc.ts'

export function metaRouter(live: Live) {
  const readable = ({ caller }: CallContext): Dataset[] =>
    Object.values(live.services.catalogue).filter(({ name }) => caller.mayRead(name))
  const usable = ({ caller }: CallContext): Dataset[] =>
    Object.values(live.services.catalogue).filter(({ name }) => caller.mayRead(name) || caller.mayWrite(name))
  return router({
    info: procedure('any', { exempt: true, namesDatasets: 'in answer' }).query(
      async ({ ctx }): Promise<ServerInfo> => ({
        name: 'stockdb',
        version: live.services.version,
        wireVersion: WIRE_VERSION,
        engine: { kind: live.services.engine.kind, version: await live.services.engine.version() },
        datasets: Object.fromEntries(usable(ctx).map((dataset) => [dataset.name, proceduresOf(dataset)])),
        maxBatchSize: live.services.bounds.maxBatchSize,
      }),
    ),
    state: procedure('read').query((): Promise<StateAnswer> => live.services.answers.stateNow()),
    changes: procedure('read')
      .input(argumentsOf(changesInput))
      .query(({ ctx, input }) => changesOf(live.services, ctx, input)),
    datasets: procedure('read', { namesDatasets: 'in answer' }).query(async ({ ctx }): Promise<DatasetInfo[]> => {
      // Counting the rows of every table is as much work as reading them.
      const release = await ctx.heavy()
      try {
        return await describeDatasets(live.services, readable(ctx), ctx.signal)
      } finally {
        release()
      }
    }),
  })
}

/** What was written to datasets that the caller may read. */
async function changesOf(
  { engine }: Services,
  { caller, signal }: CallContext,
  { since, limit = 100 }: ChangesInput = {},
): Promise<ChangesAnswer> {
  await requireOwnTables(engine, signal)
  // First, so that a caller who goes on after `last` misses nothing.
  const { last, oldest } = await readEnds(engine, signal)
  const changes = await readChanges(engine, { since, limit }, signal)
  // Numbers have no gaps. Changes may have been forgotten since `oldest` was read.
  const [first] = changes
  const complete =
    since === undefined ||
    (since <= last && since >= (oldest ?? last + 1) - 1 && (first ? first.sequence === since + 1 : since === last))
  const reached =
    changes.length === limit ? (changes.at(-1)?.sequence ?? last) : Math.max(last, changes.at(-1)?.sequence ?? 0)
  return { changes: changes.filter(({ dataset }) => caller.mayRead(dataset)), last: reached, complete }
}

async function describeDatasets(
  { engine, tables, cache, factors }: Services,
  datasets: readonly Dataset[],
  signal: AbortSignal,
): Promise<DatasetInfo[]> {
  // Inspected before anything is counted, because an inspection takes its own connection.
  const problems = new Map<string, string>()
  for (const dataset of datasets) {
    const problem = await tables.problem(dataset).catch((error: unknown) => lookProblem(engine, dataset, error, signal))
    if (problem !== undefined) problems.set(dataset.name, problem)
  }
  const sound = datasets.filter(({ name }) => !problems.has(name))
  const holdings = await countHoldings(engine, cache, sound, signal)
  return datasets.map((dataset) => {
    const found = holdings.get(dataset.name)
    const formatCheck = tables.formatProgress(dataset)
    const described = {
      ...describe(dataset),
      ...definitionOf(factors.get(dataset.name)),
      ...(formatCheck === undefined ? {} : { formatCheck }),
    }
    if (!found || found instanceof StockdbError)
      return { ...described, coverage: null, problem: problems.get(dataset.name) ?? found?.message ?? '' }
    return { ...described, coverage: found }
  })
}

/** Who defined a factor, and when. */
const definitionOf = (factor: DefinedFactor | undefined) =>
  factor ? { owner: factor.owner, definedAt: factor.definedAt } : {}

/** Why a table could not be inspected. If the database answers otherwise, this table is locked. */
async function lookProblem(engine: Engine, dataset: Dataset, error: unknown, signal: AbortSignal): Promise<string> {
  const locked =
    error instanceof StockdbError && error.code === 'DATABASE_UNAVAILABLE' && (await databaseState(engine)) === 'ok'
  return locked
    ? `table ${tableName(dataset)}: cannot inspect it in time; another session may hold a lock on it`
    : problemOf(dataset, error, signal).message
}

function describe({
  name,
  description,
  key,
  symbol,
  date,
  fields,
}: Dataset): Omit<DatasetInfo, 'coverage' | 'problem'> {
  return {
    name,
    description,
    key,
    ...(symbol === undefined ? {} : { symbol }),
    ...(date === undefined ? {} : { date }),
    fields: Object.entries(fields).map(([field, { type, nullable, unit, description }]) => ({
      name: field,
      type,
      nullable,
      ...(unit === undefined ? {} : { unit }),
      description,
    })),
  }
}
