import { type Dataset, defineFactor, type FactorDeclaration } from '@stockdb/contract'
import { declarationOf, tableName } from '@stockdb/contract/internal'
import { type FactorInfo, plainValues } from '@stockdb/contract/wire'
import { type RawBuilder, sql } from 'kysely'
import type { Engine, ReadColumn } from '../../engine/engine.ts'
import { factorsTable } from '../../engine/own-tables.ts'
import { placedIn, type TableRef } from '../../engine/table-ref.ts'

/** A factor as its row defines it. */
export interface DefinedFactor {
  readonly dataset: Dataset
  readonly owner: string
  readonly definedAt: string
}

/** A row of `stockdb_factors`. */
export interface FactorRow {
  readonly name: string
  readonly table: string
  readonly definition: string
  readonly owner: string
  readonly definedAt: string
}

const FIELDS = ['name', 'table_name', 'definition', 'owner', 'defined_at'] as const

/** All columns of a factor's row, in the order of {@link rowOf}. */
export const selectFactors = ({ dialect }: Pick<Engine, 'dialect'>): RawBuilder<unknown> => {
  const columns = FIELDS.map(
    (name) => sql`${dialect.readable(factorsTable.fields[name], sql.id(name))} as ${sql.id(name)}`,
  )
  return sql`select ${sql.join(columns)} from ${sql.id(tableName(factorsTable))}`
}

export const rowOf = ([name, table, definition, owner, definedAt]: readonly unknown[]): FactorRow => ({
  ...{ name: String(name), table: String(table), definition: String(definition) },
  ...{ owner: String(owner), definedAt: String(definedAt) },
})

/** What changes whenever a factor is defined, described in other words or dropped. */
export async function readVersion(engine: Engine, signal: AbortSignal): Promise<string> {
  const columns: readonly ReadColumn[] = ['factors', 'last'].map((name) => ({ name, type: 'int64', nullable: true }))
  const statement = sql`select count(*) as ${sql.id('factors')}, max(${sql.id('sequence')}) as ${sql.id('last')}
    from ${sql.id(tableName(factorsTable))}`
  return (await rows(engine, statement, columns, signal)).join()
}

/** Every factor's row, by name. */
export async function readFactors(engine: Engine, signal: AbortSignal): Promise<readonly FactorRow[]> {
  const columns = FIELDS.map((name): ReadColumn => ({ name, type: factorsTable.fields[name].type, nullable: true }))
  const statement = sql`${selectFactors(engine)} order by ${sql.id('name')}`
  return (await rows(engine, statement, columns, signal)).map(rowOf)
}

async function rows(
  engine: Engine,
  statement: RawBuilder<unknown>,
  columns: readonly ReadColumn[],
  signal: AbortSignal,
): Promise<unknown[][]> {
  const { sql: text, parameters } = statement.compile(engine.dialect.kysely)
  const query = { sql: text, parameters, columns, tables: [tableName(factorsTable)] }
  const found: unknown[][] = []
  for await (const { batch } of engine.read(query, signal)) {
    const values = batch.vectors.map(plainValues)
    for (let row = 0; row < batch.numRows; row++) found.push(values.map((column) => column[row]))
  }
  return found
}

/** Where the table of a factor is. Its own name has no dot. */
export function placeOf(table: string): TableRef {
  const dot = table.lastIndexOf('.')
  return dot < 0 ? table : { schema: table.slice(0, dot), table: table.slice(dot + 1) }
}

/** The dataset of a row, or what is wrong with it: a newer version may have written it. */
export function datasetOf({ name, table, definition }: FactorRow): Dataset | string {
  try {
    const dataset: Dataset = defineFactor({ ...(JSON.parse(definition) as FactorDeclaration), name })
    const ref = placeOf(table)
    return typeof ref === 'string' ? { ...dataset, table } : placedIn(dataset, ref)
  } catch (error) {
    return `cannot read its definition: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** What is kept of a factor. */
export function definitionOf(dataset: Pick<Dataset, 'name' | 'description' | 'fields'>): string {
  const { description, fields } = declarationOf(dataset as never)
  return JSON.stringify({ description, fields })
}

/** A factor, for people. */
export function infoOf(row: FactorRow, problem?: string): FactorInfo {
  const dataset = datasetOf(row)
  const { name, owner, definedAt, table } = row
  const known = typeof dataset === 'string' ? undefined : dataset
  const why = problem ?? (typeof dataset === 'string' ? dataset : undefined)
  return {
    ...{ name, description: known?.description ?? '', owner, definedAt, table },
    fields: Object.entries(known?.fields ?? {}).map(([field, { type, nullable, unit, description }]) => ({
      ...{ name: field, type, nullable, description },
      ...(unit === undefined ? {} : { unit }),
    })),
    ...(why === undefined ? {} : { problem: why }),
  }
}
