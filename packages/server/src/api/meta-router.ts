import type { Coverage, Dataset, DatasetInfo, ServerInfo } from '@stockdb/contract'
import { WIRE_VERSION } from '@stockdb/contract'
import { collect } from '../answer/collect.ts'
import { selectCoverage } from '../query/coverage.ts'
import type { CallContext, Services } from './context.ts'
import { proceduresOf } from './dataset-router.ts'
import { procedure, router } from './trpc.ts'

export function metaRouter(services: Services) {
  const { engine, catalogue } = services
  const readable = ({ caller }: CallContext): Dataset[] =>
    Object.values(catalogue).filter(({ name }) => caller.mayRead(name))
  return router({
    info: procedure('any').query(
      async ({ ctx }): Promise<ServerInfo> => ({
        name: 'stockdb',
        version: services.version,
        wireVersion: WIRE_VERSION,
        engine: { kind: engine.kind, version: await engine.version() },
        datasets: Object.fromEntries(readable(ctx).map((dataset) => [dataset.name, proceduresOf(dataset)])),
      }),
    ),
    datasets: procedure('read').query(async ({ ctx }): Promise<DatasetInfo[]> => {
      // Counting the rows of every table is as much work as reading them.
      const release = await ctx.heavy()
      try {
        const infos: DatasetInfo[] = []
        for (const dataset of readable(ctx)) infos.push(await describeDataset(services, dataset, ctx.signal))
        return infos
      } finally {
        release()
      }
    }),
  })
}

async function describeDataset(services: Services, dataset: Dataset, signal: AbortSignal): Promise<DatasetInfo> {
  const { name, description, key, symbol, date } = dataset
  const problem = await services.tables.problem(dataset)
  return {
    name,
    description,
    key,
    ...(symbol === undefined ? {} : { symbol }),
    ...(date === undefined ? {} : { date }),
    fields: Object.entries(dataset.fields).map(([field, { type, nullable, unit, description }]) => ({
      name: field,
      type,
      nullable,
      ...(unit === undefined ? {} : { unit }),
      description,
    })),
    ...(problem === undefined ? { coverage: await coverage(services, dataset, signal) } : { coverage: null, problem }),
  }
}

async function coverage({ engine, templates }: Services, dataset: Dataset, signal: AbortSignal): Promise<Coverage> {
  const [rows, symbols, first, last] = (await collect(engine, selectCoverage(templates, dataset), signal)).map(
    (values) => values[0],
  )
  return {
    rows: Number(rows),
    ...(dataset.date === undefined
      ? {}
      : { firstDate: (first as string | null) ?? null, lastDate: (last as string | null) ?? null }),
    ...(dataset.symbol === undefined ? {} : { symbols: Number(symbols) }),
  }
}
