import type { Catalogue, Dataset } from '@stockdb/contract'
import { columnName, sqlInput, tableName } from '@stockdb/contract/internal'
import type { FrameSource, JsonFrame, SqlParam } from '@stockdb/contract/wire'
import { BIGINT_TAG, StockdbError } from '@stockdb/contract/wire'
import type { Engine } from '../engine/engine.ts'
import { tableRef } from '../engine/table-ref.ts'
import type { TableShape } from '../engine/table-shape.ts'
import { executeSql } from '../execute/execute-sql.ts'
import type { DateType } from '../sql/check-dates.ts'
import { checkSql } from '../sql/check-sql.ts'
import type { FloatColumns } from '../sql/float-columns.ts'
import type { CallContext, Live, Services } from './context.ts'
import { deliver, withFormats } from './deliver.ts'
import { argumentsOf, procedure, router } from './trpc.ts'

const boundValue = (param: SqlParam) =>
  typeof param === 'object' && param !== null ? BigInt(param[BIGINT_TAG]) : param

/** Callers' own SQL statements, for tokens with the scope `sql`. */
export function sqlRouter(live: Live) {
  const run = async (ctx: CallContext, text: string, params: readonly SqlParam[]): Promise<FrameSource | JsonFrame> => {
    const { services } = live
    const { adHoc, sqlParser } = services
    const { tables, ...rights } = rightsOf(services, ctx)
    const rules = { schema: adHoc.schema, ...rights }
    const checked = await checkSql(text, params.map(boundValue), adHoc.grammar, sqlParser, rules)
    // The rows that a statement reads cannot be estimated from its text.
    return deliver(services, ctx, Number.POSITIVE_INFINITY, async () => {
      const answer = await adHoc.run(checked, ctx.signal).catch(async (error: unknown) => {
        throw await services.factors.explainedStatement(error, tables)
      })
      ctx.hold(answer.bytes)
      return withFormats(services, executeSql(answer), await lookedAt(services, tables))
    })
  }
  return router({
    run: procedure('sql', { namesDatasets: 'in input' })
      .input(argumentsOf(sqlInput))
      .query(({ ctx, input }) => run(ctx, input.sql, input.params)),
  })
}

/** The datasets of a statement's tables, whose dates are searched from here on if they were not before. A statement also runs without. */
async function lookedAt({ catalogue, tables: guard }: Services, tables: ReadonlySet<string>): Promise<Dataset[]> {
  const names = new Set([...tables].map((table) => table.toLowerCase()))
  const datasets = Object.values(catalogue).filter((dataset) => names.has(tableName(dataset).toLowerCase()))
  for (const dataset of datasets) await guard.problem(dataset).catch(() => undefined)
  return datasets
}

/**
 * A caller restricted to some datasets may only read their tables, by their exact names; others may read all tables of
 * the database. In a table with several datasets, columns that only other datasets declare are hidden.
 */
function rightsOf({ catalogue, engine, factors }: Services, { caller, signal }: CallContext) {
  const refuseDropped = (table: string): void => {
    const gone = factors.droppedWithTable(table)
    if (gone !== undefined && caller.mayRead(gone)) factors.refuseDropped(gone)
  }
  const tables = new Set<string>()
  const hidden = new Set<string>()
  const dates = new Map<string, DateType>()
  const requireTable = (table: string): void => {
    tables.add(table)
    for (const dataset of Object.values(catalogue)) {
      // SQLite accepts a name in any case.
      if (tableName(dataset).toLowerCase() !== table.toLowerCase()) continue
      for (const [column, type] of dateColumns(dataset)) dates.set(column, type)
    }
    if (!caller.restricted) return
    const datasets = Object.values(catalogue).filter((dataset) => tableName(dataset) === table)
    const mine = datasets.filter(({ name }) => caller.mayRead(name))
    const [first] = datasets
    if (!first) refuseDropped(table)
    if (!first)
      throw new StockdbError(
        'FORBIDDEN',
        `the token "${caller.name}" is restricted to some datasets, and none of them uses the table ${table}`,
      )
    if (mine.length === 0) caller.requireDataset(first.name)
    // A statement would also read rows outside of the caller's datasets.
    if (mine.every(({ only }) => only !== undefined))
      throw new StockdbError(
        'FORBIDDEN',
        `the token "${caller.name}" may only read some rows of ${table}, those of ${mine.map(({ name }) => name).join(', ')}; use db.query`,
      )
    const columns = new Set(mine.flatMap(columnsOf))
    for (const column of datasets.flatMap(columnsOf)) if (!columns.has(column)) hidden.add(column)
  }
  const placed = new Map(Object.values(catalogue).map((dataset) => [tableName(dataset), tableRef(dataset)]))
  const isElsewhere = (schema: string, table: string): boolean => {
    const name = `${schema}.${table}`
    if (typeof placed.get(name) === 'object') return true
    refuseDropped(name)
    return false
  }
  const floats = async (): Promise<ReadonlyMap<string, FloatColumns>> => {
    const found = new Map<string, FloatColumns>()
    for (const table of tables) {
      const shape = await engine.describe(placed.get(table) ?? table, signal)
      found.set(table, shape && floatColumns(engine, catalogue, table, shape))
    }
    return found
  }
  return { tables, requireTable, isElsewhere, hidden: () => hidden, dates: () => dates, floats }
}

/** The columns of a table, and which are compared as FLOAT: not those that a dataset declares exact. */
function floatColumns({ dialect }: Engine, catalogue: Catalogue, table: string, { columns }: TableShape): FloatColumns {
  const exact = new Set<string>()
  for (const dataset of Object.values(catalogue)) {
    if (tableName(dataset) !== table) continue
    for (const [field, { exact: isExact }] of Object.entries(dataset.fields))
      if (isExact) exact.add(columnName(dataset, field).toLowerCase())
  }
  return new Map(
    columns.map(({ name, type }) => {
      const column = name.toLowerCase()
      return [column, dialect.columnTypes.isSingle(type) && !exact.has(column)]
    }),
  )
}

/** The columns that hold dates in our tables' form, by lower-case name. */
function* dateColumns(dataset: Dataset): Generator<readonly [string, DateType]> {
  for (const [field, { type, dateFormat }] of Object.entries(dataset.fields)) {
    if ((type === 'date' || type === 'datetime') && dateFormat === undefined)
      yield [columnName(dataset, field).toLowerCase(), type]
  }
}

const columnsOf = (dataset: Dataset): string[] => Object.keys(dataset.fields).map((field) => columnName(dataset, field))
