import type { Catalogue } from '@stockdb/contract'
import type { ServerInfo, StockdbRouter } from '@stockdb/contract/wire'
import { factorProcedures } from '@stockdb/contract/wire'
import type { TRPCClient } from '@trpc/client'
import type { Compilable } from 'kysely'
import { calendarCalls } from './calendar-client.ts'
import { publicCall } from './call/call-site.ts'
import type { CallOptions } from './call/deadline.ts'
import type { Caller } from './caller.ts'
import { callsOf, missingDataset, withClearNames } from './clear-names.ts'
import type { Client } from './client.ts'
import { datasetCalls } from './dataset-client.ts'
import { factorCalls } from './factors-client.ts'
import { instrumentCalls } from './instruments-client.ts'
import { metaCalls } from './meta-client.ts'
import { opsCalls } from './ops-client.ts'
import type { GiveKysely } from './query/load-kysely.ts'
import { openQueries, queryFrame } from './query/queries.ts'
import type { Queries } from './query/types.ts'
import { openSql } from './sql.ts'

/** A connection to an identified server. */
export interface Connection {
  readonly url: string
  /** What is served may depend on it. */
  readonly hasToken: boolean
  readonly info: ServerInfo
  readonly caller: Caller
  readonly trpc: TRPCClient<StockdbRouter<Catalogue>>
  readonly giveKysely: GiveKysely
}

/** The object for user code: public calls, with clear errors for misspelt names. */
export function clientParts<C extends Catalogue>({
  url,
  hasToken,
  info,
  caller,
  trpc,
  giveKysely,
}: Connection): Client<C> {
  let queries: Queries<C> | undefined
  const callsOfDataset = (name: string, procedures: readonly string[]) =>
    callsOf(`db.${name}`, datasetCalls(caller, name, procedures))
  const datasets = new Map(Object.entries(info.datasets).map(([name, found]) => [name, callsOfDataset(name, found)]))
  const names = [...datasets.keys()]
  /** A dataset that the server may have besides: a factor. */
  const factor = (name: string) => callsOfDataset(name, factorProcedures)
  const meta = metaCalls(caller)
  const parts = {
    ...Object.fromEntries(datasets),
    calendar: callsOf('db.calendar', calendarCalls(caller)),
    instruments: callsOf('db.instruments', instrumentCalls(caller)),
    screen: publicCall(caller.frameCall('screen')),
    dataset: (name: string) => datasets.get(name) ?? factor(name),
    factors: callsOf(
      'db.factors',
      factorCalls(caller, (name) => {
        const calls = factor(name)
        // So that `db.my_alpha` works too.
        if (!(name in parts)) Object.assign(parts, { [name]: calls })
        return calls
      }),
    ),
    meta: callsOf('db.meta', meta),
    changes: publicCall(meta.changes),
    ops: callsOf('db.ops', opsCalls(caller)),
    get query() {
      queries ??= openQueries<C>(caller, giveKysely)
      return queries
    },
    frame: publicCall(<O>(query: Compilable<O>, options?: CallOptions) => queryFrame(caller, query, options)),
    sql: publicCall(openSql(caller)),
    trpc,
  }
  const others = Object.keys(parts).filter((name) => !names.includes(name))
  // The server lists its datasets; the caller asserts that they match `C`.
  return withClearNames(parts, {
    text: [
      `stockdb ${info.version} at ${url}, on ${info.engine.version}`,
      `datasets: ${names.join(', ')}`,
      `also: ${others.join(', ')}`,
    ].join('\n'),
    json: { url, version: info.version, engine: info.engine, datasets: info.datasets },
    missing: (name) => missingDataset(name, names, hasToken),
  }) as unknown as Client<C>
}
