import type * as client from '@stockdb/client'
import type * as series from '@stockdb/client/series'
import type * as contract from '@stockdb/contract'
import type * as internal from '@stockdb/contract/internal'
import type * as wire from '@stockdb/contract/wire'
import type * as server from '@stockdb/server'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'
import { describe, expectTypeOf, it } from 'vitest'
import type { AnyIn } from '../../contract/test/any-in.ts'

type Tushare = client.Tushare
type Router = wire.StockdbRouter<Tushare>

describe('nothing exported is any', () => {
  it('of the client', () => {
    // fetch's types are the platform's; connect's options and result are checked below.
    expectTypeOf<AnyIn<Omit<typeof client, 'connect'>, 'client'>>().toEqualTypeOf<never>()
    expectTypeOf<AnyIn<typeof series, 'series'>>().toEqualTypeOf<never>()
    expectTypeOf<
      AnyIn<
        {
          adjust: client.Adjust
          calendar: client.CalendarClient
          options: client.CallOptions
          catalogue: client.Catalogue
          // Kysely's own types contain any; results of queries are checked in queries.test-d.ts.
          client: Omit<client.Client<Tushare>, 'trpc' | 'query' | 'frame'>
          connectOptions: Omit<client.ConnectOptions, 'fetch'>
          database: client.DatabaseOf<Tushare>['daily']
          dated: client.DatedClient<Tushare['daily']>
          dataset: client.DatasetClient<Tushare['stock_basic']>
          factor: client.DatasetClient<client.Factor>
          factors: client.FactorsClient
          code: client.ErrorCode
          frame: client.Frame<client.CellsOf<Tushare['trade_cal']['fields']>>
          frameOf: client.FrameOf<Tushare['daily'], 'close'>
          meta: client.FrameMeta
          list: client.ListClient<Tushare['stock_basic']>
          asOf: client.AsOfClient<Tushare['income']>
          instruments: client.InstrumentsClient<Tushare['stock_basic']>
          metaClient: client.MetaClient
          ops: client.OpsClient
          panel: client.Panel
          queryFields: client.QueryFields<{ close: number | null; name: string }>
          row: client.Row<Tushare['trade_cal']['fields']>
        },
        'client'
      >
    >().toEqualTypeOf<never>()
  })

  it('of the contract', () => {
    expectTypeOf<AnyIn<typeof contract, 'contract'>>().toEqualTypeOf<never>()
    expectTypeOf<AnyIn<typeof wire, 'wire'>>().toEqualTypeOf<never>()
    // zod's own types contain any; inputs and outputs of the schemas are checked below.
    expectTypeOf<
      AnyIn<
        Omit<
          typeof internal,
          | 'inputOf'
          | 'instrumentInputsOf'
          | 'screenInputOf'
          | 'calendarInputs'
          | 'queryInput'
          | 'opsInputs'
          | 'sqlInput'
          | 'factorInputs'
          | 'upsertOptions'
          | 'changesInput'
          | 'watchInputOf'
          | 'writeInputsOf'
          | 'describeIssues'
        >,
        'internal'
      >
    >().toEqualTypeOf<never>()
    expectTypeOf<
      AnyIn<
        {
          info: wire.DatasetInfo
          server: wire.ServerInfo
          health: wire.Health
          shape: wire.ErrorShape
          body: wire.ErrorBody
          json: wire.JsonFrame
          source: wire.FrameSource
          decoded: wire.Decoded
          range: wire.RangeInput<Tushare['daily']>
          at: wire.AtInput<Tushare['daily']>
          latest: wire.LatestInput<Tushare['daily']>
          list: wire.ListInput<Tushare['stock_basic']>
          dateFormat: internal.StoredValue
        },
        'contract'
      >
    >().toEqualTypeOf<never>()
  })

  it('of the inputs and outputs of schemas', () => {
    type Schemas = typeof internal.calendarInputs & {
      instruments: ReturnType<typeof internal.instrumentInputsOf>['list' | 'search']
    } & typeof internal.factorInputs
    type Taken = { [K in keyof Schemas]: Schemas[K]['_zod']['input'] }
    type Given = { [K in keyof Schemas]: Schemas[K]['_zod']['output'] }
    type Reads = { [Name in internal.ReadName]: internal.CheckedInput<Name> }
    expectTypeOf<AnyIn<{ taken: Taken; given: Given; reads: Reads }>>().toEqualTypeOf<never>()
    expectTypeOf<Reads['panel']['start']>().toEqualTypeOf<string>()
    expectTypeOf<Reads['latest']['n']>().toEqualTypeOf<number | undefined>()
  })

  it('of the server', () => {
    // pino's own types are not ours.
    expectTypeOf<AnyIn<Omit<typeof server, 'createLog' | 'start' | 'openEngine'>, 'server'>>().toEqualTypeOf<never>()
    expectTypeOf<
      AnyIn<
        {
          options: Omit<server.StartOptions, 'log' | 'catalogue'>
          server: Omit<server.StockdbServer, 'engine'>
          engine: Omit<server.Engine, 'dialect'>
          bounds: server.Bounds
          query: server.ReadQuery
          batch: server.ReadBatch
          column: server.ReadColumn
          transaction: server.WriteTransaction
          level: server.LogLevel
        },
        'server'
      >
    >().toEqualTypeOf<never>()
    expectTypeOf<ReturnType<typeof server.start>>().toEqualTypeOf<Promise<server.StockdbServer>>()
    expectTypeOf<ReturnType<typeof server.openEngine>>().toEqualTypeOf<server.Engine>()
    expectTypeOf<server.Log>().not.toBeAny()
  })

  it("of the inputs and outputs of tRPC's procedures", () => {
    expectTypeOf<AnyIn<inferRouterInputs<Router>, 'input'>>().toEqualTypeOf<never>()
    expectTypeOf<AnyIn<inferRouterOutputs<Router>, 'output'>>().toEqualTypeOf<never>()
    type Daily = client.Client<Tushare>['trpc']['daily']['range']['query']
    expectTypeOf<Extract<Parameters<Daily>[0], object>>().toEqualTypeOf<wire.RangeInput<Tushare['daily']>>()
    expectTypeOf<Awaited<ReturnType<Daily>>>().toExtend<wire.JsonFrame>()
  })

  it("of Arrow tables, which are flechette's own", () => {
    expectTypeOf<ReturnType<client.FrameOf<Tushare['daily']>['toArrow']>>().not.toBeAny()
    expectTypeOf<client.ConnectOptions['fetch']>().not.toBeAny()
  })
})
