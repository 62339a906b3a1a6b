import { DatabaseSync } from 'node:sqlite'
import { type Tushare, tushare } from '@stockdb/contract'
import fc from 'fast-check'
import {
  createQueryId,
  DummyDriver,
  Kysely,
  MysqlDialect,
  MysqlQueryCompiler,
  type PrimitiveValueListNode,
  type RootOperationNode,
  type SelectQueryNode,
  SqliteAdapter,
  SqliteDialect,
  SqliteIntrospector,
  SqliteQueryCompiler,
  ValueNode,
} from 'kysely'
import { createPool } from 'mysql2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultBounds } from '../../../src/bounds/settings.ts'
import type { Dialect } from '../../../src/engine/dialect.ts'
import { duckdbDialect } from '../../../src/engine/duckdb/dialect.ts'
import { openDuckdbIntrospector } from '../../../src/engine/duckdb/introspector.ts'
import { mysqlDialect } from '../../../src/engine/mysql/dialect.ts'
import { sqliteDialect } from '../../../src/engine/sqlite/dialect.ts'
import { compileTree } from '../../../src/plan/tree/compile-tree.ts'
import { byEngine, type EngineName, engineOf } from '../../support/engines.ts'
import { times } from '../../support/scale.ts'
import { type Served, serve } from '../../support/serve.ts'
import { enginesOfRun, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'
import { QueryGenerator, type RandomQuery, type Tables } from './random-query.ts'

const RUNS = Number(process.env.STOCKDB_TEST_RUNS ?? times(500, 1_500))
/** The same cases every time, unless a seed is given: only runs that search for failures should find new ones. */
const SEED = Number(process.env.STOCKDB_TEST_SEED ?? 20_240_102)

/** Kysely directly on the database, as in its documentation. */
const openDirectly: Readonly<Record<EngineName, (address: string) => Kysely<Tables>>> = {
  mysql: (address) => {
    const pool = createPool({ uri: address, dateStrings: true, decimalNumbers: true, connectionLimit: 1 })
    // For `is null` on a date MySQL may search for '0000-00-00', which strict mode refuses.
    pool.on('connection', (connection) => connection.query("set session sql_mode = ''"))
    const dialect = new MysqlDialect({ pool: pool as never })
    dialect.createQueryCompiler = () => new CompilerOfDoubles()
    return new Kysely<Tables>({ dialect })
  },
  sqlite: (address) => {
    const file = new DatabaseSync(address.slice('sqlite:'.length), { readOnly: true })
    const bound = (values: readonly unknown[]) =>
      values.map((value) => (typeof value === 'boolean' ? Number(value) : value))
    const database = {
      close: () => file.close(),
      prepare: (sql: string) => {
        const statement = file.prepare(sql)
        const rows = (values: readonly unknown[]) => statement.all(...(bound(values) as never[]))
        return {
          reader: true,
          all: rows,
          iterate: (values: readonly unknown[]) => rows(values).values(),
          run: refuseWrite,
        }
      },
    }
    return new Kysely<Tables>({ dialect: new SqliteDialect({ database: database as never }) })
  },
  // In this process, which must open the file once.
  duckdb: (address) => openDuckdbIntrospector(address.slice('duckdb:'.length), defaultBounds).kysely as never,
}

/**
 * Numbers as doubles, like JavaScript's. In the text that mysql2 sends, MySQL takes 3 for an integer and 0.5 for a
 * decimal, so 1 / 3 without a column is 0.3333.
 */
class CompilerOfDoubles extends MysqlQueryCompiler {
  protected override visitValue(node: ValueNode): void {
    const counts = this.parentNode?.kind === 'LimitNode' || this.parentNode?.kind === 'OffsetNode'
    const number = typeof node.value === 'number' && !node.immediate && !counts
    if (number) this.append('cast(')
    super.visitValue(node)
    if (number) this.append(' as double)')
  }

  protected override visitPrimitiveValueList(node: PrimitiveValueListNode): void {
    this.append('(')
    this.compileList(node.values.map((value) => ValueNode.create(value)))
    this.append(')')
  }
}

function refuseWrite(): never {
  throw new Error('only queries are run here')
}

/** Rows in a canonical order and form, for comparison. */
function comparable(rows: readonly unknown[], kinds: RandomQuery['kinds']): string[] {
  const value = (kind: string | undefined, given: unknown): unknown => {
    if (given === null || given === undefined) return null
    if (kind === 'number' || kind === 'whole' || kind === 'condition') return Number(Number(given).toPrecision(10)) + 0
    return String(given)
  }
  return rows
    .map((row) =>
      JSON.stringify(Object.entries(row as object).map(([name, given]) => [name, value(kinds[name], given)])),
    )
    .sort()
}

describe.each(enginesOfRun)('random queries on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  let direct: Kysely<Tables>

  beforeAll(async () => {
    store = await open()
    served = await serve(store.address)
    direct = byEngine(store.address, openDirectly)(store.address)
    const { engine } = served.server
    const symbols = ['000001.SZ', '000002.SZ', '600519.SH', '600000.SH']
    const dates = ['2023-12-29', '2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05', '2024-01-08']
    // Multiples of a quarter, whose sums are exact in any order.
    const bars = symbols
      .slice(0, 3)
      .flatMap((symbol, s) =>
        dates.flatMap((date, d) =>
          (s + d) % 5 === 4
            ? []
            : [
                [
                  symbol,
                  date,
                  s + d * 0.25,
                  s + 2,
                  d,
                  d === 3 ? null : (s - 1) * d * 0.5 + 0,
                  s === 0 ? null : d * 1.25,
                  d,
                  1,
                  s * 100,
                  null,
                ],
              ],
        ),
      )
    await writeRows(engine, tushare.daily, bars)
    const factors = symbols.flatMap((symbol, s) =>
      dates.flatMap((date, d) => ((s + d) % 4 === 3 ? [] : [[symbol, date, 1 + d * 0.25]])),
    )
    await writeRows(engine, tushare.adj_factor, factors)
    const stocks = [
      ['000001.SZ', 'Ping An', 'bank', '1991-04-03'],
      ['000002.SZ', '万科', null, '1991-01-29'],
      ['600519.SH', '贵州茅台', 'wine', null],
      ['688001.SH', 'steel', 'steel', '2019-07-22'],
    ]
    await writeRows(engine, tushare.stock_basic, stocks, ['ts_code', 'name', 'industry', 'list_date'])
  })
  afterAll(async () => {
    await direct.destroy()
    await served.close()
    await store.drop()
  })

  it(`return the same rows as Kysely directly on the database: ${RUNS} cases`, { timeout: 300_000 }, async () => {
    const wire = served.db.query as unknown as Kysely<Tables>
    let rows = 0
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (draw) => {
        const { query, kinds } = new QueryGenerator(draw, wire, engineOf(store.address)).query()
        const node = query.toOperationNode() as SelectQueryNode
        const ours = await query.execute()
        const compiled = direct.getExecutor().compileQuery(node as RootOperationNode, createQueryId())
        const theirs = await direct.executeQuery(compiled).catch((cause: unknown) => {
          throw new Error(compiled.sql, { cause })
        })
        rows += ours.length
        expect(comparable(ours, kinds), compiled.sql).toEqual(comparable(theirs.rows, kinds))
      }),
      { numRuns: RUNS, seed: SEED },
    )
    // Enough answers must have rows.
    expect(rows).toBeGreaterThan(RUNS)
  })
})

const dialects: Readonly<Record<EngineName, Dialect>> = {
  mysql: mysqlDialect,
  sqlite: sqliteDialect,
  duckdb: duckdbDialect,
}

describe.each(Object.keys(dialects) as EngineName[])('random trees with one forbidden part, for %s', (name) => {
  const db = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (inner) => new SqliteIntrospector(inner),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
  const dialect = dialects[name]
  const reader = { mayRead: () => true, requireDataset: () => undefined }
  const compile = (tree: unknown) => compileTree(tree, { dialect, catalogue: tushare, reader })

  it('are refused wherever the part is, and accepted without it', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(fc.gen(), (draw) => {
        const { query } = new QueryGenerator(draw, db, name).query()
        const tree: unknown = JSON.parse(JSON.stringify(query.toOperationNode()))
        compile(tree)
        const nodes = nodesIn(tree)
        const node = nodes[draw(fc.integer, { min: 0, max: nodes.length - 1 })] as Record<string, unknown>
        const spoiled = spoil(node, draw(fc.integer, { min: 0, max: 5 }))
        expect(() => compile(tree), JSON.stringify(spoiled)).toThrow(
          expect.objectContaining({ code: 'QUERY_REFUSED' }) as unknown as Error,
        )
      }),
      { numRuns: RUNS, seed: SEED },
    )
  })
})

/** All nodes of a tree. */
function nodesIn(tree: unknown): object[] {
  if (typeof tree !== 'object' || tree === null) return []
  return [...('kind' in tree ? [tree] : []), ...Object.values(tree).flatMap(nodesIn)]
}

/** Replaces a node by a forbidden one. */
function spoil(node: Record<string, unknown>, how: number): object {
  if (how === 0) Object.assign(node, { kind: 'RawNode', sqlFragments: ['1'], parameters: [] })
  else if (how === 1) node.kind = 'toString'
  else if (how === 2) node.more = 1
  else if (how === 3) Object.defineProperty(node, '__proto__', { value: {}, enumerable: true })
  else if (typeof node.func === 'string') node.func = how === 4 ? 'sleep' : 'load_file'
  else if (typeof node.name === 'string') node.name = how === 4 ? `${node.name}"` : 'user'.repeat(20)
  else if (typeof node.operator === 'string') node.operator = 'regexp'
  else if ('value' in node && node.kind === 'ValueNode') node.value = how === 4 ? {} : ['x']
  else node.kind = 'CollateNode'
  return node
}
