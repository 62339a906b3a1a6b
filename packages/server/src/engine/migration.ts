import type { Catalogue, Dataset } from '@stockdb/contract'
import { columnName, tableName } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from './dialect.ts'
import type { Engine } from './engine.ts'
import { markedComment, markIndex } from './made-mark.ts'
import { generatedColumns, hasNullableKey, mysqlKeyColumns, sqliteKeyParts } from './row-key.ts'
import type { Difference } from './schema.ts'
import { compareTable, declaredType, hasKey } from './schema.ts'
import type { TableShape } from './table-shape.ts'

/** What must be done so that a table is as its dataset declares it. */
export interface MigrationStep {
  readonly dataset: Dataset
  /** `unmarked`: it differs, and is not of stockdb's making, so that it is left alone until it is named to be adopted. */
  readonly kind: 'create' | 'alter' | 'none' | 'foreign' | 'unmarked'
  readonly differences: readonly Difference[]
  readonly statements: readonly string[]
}

/** Compares every table of the catalogue with the database; changes nothing. */
export async function planMigration(
  engine: Engine,
  catalogue: Catalogue,
  signal: AbortSignal,
  adopted: ReadonlySet<string> = new Set(),
): Promise<MigrationStep[]> {
  const steps: MigrationStep[] = []
  const created = new Set<string>()
  for (const dataset of Object.values(catalogue)) {
    if (dataset.foreign) {
      steps.push({ dataset, kind: 'foreign', differences: [], statements: [] })
      continue
    }
    const table = await engine.describe(tableName(dataset), signal)
    // Of several datasets of one table the first one makes it.
    if (!table && created.has(tableName(dataset))) {
      steps.push({ dataset, kind: 'none', differences: [], statements: [] })
      continue
    }
    if (!table) {
      created.add(tableName(dataset))
      steps.push({
        dataset,
        kind: 'create',
        differences: [],
        statements: createStatements(engine, dataset, tableName(dataset)),
      })
      continue
    }
    const differences = compareTable(engine.kind, dataset, table)
    const ours = table.made || adopted.has(tableName(dataset))
    // A table of an older version is as declared and has no mark yet.
    if (differences.length === 0) {
      steps.push({
        dataset,
        kind: 'none',
        differences,
        statements: table.made ? [] : markStatements(engine, dataset, table),
      })
    } else if (!ours) steps.push({ dataset, kind: 'unmarked', differences, statements: [] })
    else
      steps.push({
        dataset,
        kind: 'alter',
        differences,
        statements: alterStatements(engine, dataset, table, differences),
      })
  }
  return steps
}

/** Creates the tables that are missing, and nothing else. */
export async function createMissingTables(
  engine: Engine,
  catalogue: Catalogue,
  signal: AbortSignal,
): Promise<MigrationStep[]> {
  const missing = (await planMigration(engine, catalogue, signal)).filter(({ kind }) => kind === 'create')
  for (const step of missing) await engine.define(step.statements, signal)
  return missing
}

const indexName = (dataset: Dataset): string => `${tableName(dataset)}_${dataset.date}`
const keyName = (dataset: Dataset): string => `${tableName(dataset)}_key`

/** The key is symbol and date, clustered; the date has an index of its own, for cross-sections. */
function createStatements({ kind, dialect }: Engine, dataset: Dataset, table: string): string[] {
  const parts: RawBuilder<unknown>[] = Object.entries(dataset.fields).map(
    ([name, field]) =>
      sql`${sql.id(columnName(dataset, name))} ${sql.raw(declaredType(kind, field))}${sql.raw(field.nullable ? '' : ' not null')}`,
  )
  if (!hasNullableKey(dataset)) {
    const key = sql.join(dataset.key.map((name) => sql.id(columnName(dataset, name))))
    parts.push(sql`constraint ${sql.id(keyName(dataset))} primary key (${key})`)
  } else if (kind === 'mysql') {
    parts.push(...generatedParts(dataset), uniqueKey(dataset))
  }
  const end =
    kind === 'sqlite'
      ? // Without a row id the table is clustered by its key, as InnoDB's are.
        sql.raw(hasNullableKey(dataset) ? 'strict' : 'strict, without rowid')
      : sql`engine = innodb default character set utf8mb4 collate utf8mb4_bin comment = ${sql.raw(markedComment())}`
  const create = sql`create table ${sql.id(table)} (${sql.join(parts)}) ${end}`
  return [create.compile(dialect.kysely).sql, ...indexStatements({ kind, dialect }, dataset)]
}

function indexStatements({ kind, dialect }: Pick<Engine, 'kind' | 'dialect'>, dataset: Dataset): string[] {
  const on = (name: string, columns: readonly RawBuilder<unknown>[], unique: boolean): string =>
    sql`create ${sql.raw(unique ? 'unique ' : '')}index ${sql.id(name)} on ${sql.id(tableName(dataset))} (${sql.join([...columns])})`.compile(
      dialect.kysely,
    ).sql
  const unique =
    kind === 'sqlite' && hasNullableKey(dataset) ? [on(keyName(dataset), sqliteKeyParts(dataset), true)] : []
  const key = kind === 'sqlite' ? [...unique, markSqlite(dialect, dataset)] : unique
  if (!dataset.date || dataset.key[0] === dataset.date) return key
  return [...key, on(indexName(dataset), [sql.id(columnName(dataset, dataset.date))], false)]
}

function markSqlite(dialect: Dialect, dataset: Dataset): string {
  const first = columnName(dataset, dataset.key[0] as string)
  const name = sql.id(markIndex(tableName(dataset)))
  return sql`create index ${name} on ${sql.id(tableName(dataset))} (${sql.id(first)}) where 0`.compile(dialect.kysely)
    .sql
}

/** What marks a table as one that may be altered. */
function markStatements({ kind, dialect }: Engine, dataset: Dataset, { comment }: TableShape): string[] {
  if (kind === 'sqlite') return [markSqlite(dialect, dataset)]
  const marked = sql.raw(markedComment(comment))
  return [sql`alter table ${sql.id(tableName(dataset))} comment = ${marked}`.compile(dialect.kysely).sql]
}

/** In MySQL the stand-ins for the nulls of a key. */
function generatedParts(dataset: Dataset): RawBuilder<unknown>[] {
  return generatedColumns(dataset).map(({ name, from, as }) => {
    const field = dataset.fields[from]
    if (!field) throw new TypeError(`dataset ${dataset.name} has no field ${from}`)
    return sql`${sql.id(name)} ${sql.raw(declaredType('mysql', field))} generated always as (${as}) virtual`
  })
}

const uniqueKey = (dataset: Dataset): RawBuilder<unknown> =>
  sql`unique key ${sql.id(keyName(dataset))} (${sql.join(mysqlKeyColumns(dataset).map((name) => sql.id(name)))})`

function alterStatements(
  engine: Engine,
  dataset: Dataset,
  table: TableShape,
  differences: readonly Difference[],
): string[] {
  return engine.kind === 'mysql'
    ? alterMysql(engine.dialect, dataset, table, differences)
    : rebuildSqlite(engine, dataset, table)
}

/** One ALTER TABLE, so that a value which does not fit the declared type leaves the table as it was. */
function alterMysql(
  dialect: Dialect,
  dataset: Dataset,
  table: TableShape,
  differences: readonly Difference[],
): string[] {
  const present = new Set(table.columns.map(({ name }) => name))
  const changed = [
    ...new Set(differences.flatMap(({ field, declared }) => (field && declared !== 'an index' ? [field] : []))),
  ]
  const clauses = changed.map((name) => {
    const field = dataset.fields[name]
    if (!field) throw new TypeError(`dataset ${dataset.name} has no field ${name}`)
    const column = columnName(dataset, name)
    const verb = sql.raw(present.has(column) ? 'modify column' : 'add column')
    return sql`${verb} ${sql.id(column)} ${sql.raw(declaredType('mysql', field))} ${sql.raw(field.nullable ? 'null' : 'not null')}`
  })
  if (!hasKey(dataset, table)) {
    if (table.key.length > 0) clauses.push(sql`drop primary key`)
    if (hasNullableKey(dataset)) {
      clauses.push(...generatedParts(dataset).map((part) => sql`add column ${part}`), sql`add ${uniqueKey(dataset)}`)
    } else {
      clauses.push(sql`add primary key (${sql.join(dataset.key.map((name) => sql.id(columnName(dataset, name))))})`)
    }
  }
  if (differences.some(({ declared }) => declared === 'an index') && dataset.date) {
    clauses.push(sql`add index ${sql.id(indexName(dataset))} (${sql.id(columnName(dataset, dataset.date))})`)
  }
  if (!table.made) clauses.push(sql`comment = ${sql.raw(markedComment(table.comment))}`)
  return [sql`alter table ${sql.id(tableName(dataset))} ${sql.join(clauses)}`.compile(dialect.kysely).sql]
}

/**
 * SQLite can not change a column: the rows are copied into a new table, which then takes the old one's place. Columns
 * that are not declared come along.
 */
function rebuildSqlite(engine: Engine, dataset: Dataset, table: TableShape): string[] {
  const { kysely } = engine.dialect
  const [current, rebuilt] = [tableName(dataset), `${tableName(dataset)}_rebuilt`].map((name) => sql.id(name))
  const present = table.columns.map(({ name }) => name)
  const declared = Object.keys(dataset.fields).map((name) => columnName(dataset, name))
  const undeclared = present.filter((name) => !declared.includes(name))
  const copied = sql.join(
    [...declared.filter((name) => present.includes(name)), ...undeclared].map((name) => sql.id(name)),
  )
  const [create = '', ...indexes] = createStatements(engine, dataset, `${tableName(dataset)}_rebuilt`)
  const steps = [
    ...undeclared.map((name) => sql`alter table ${rebuilt} add column ${sql.id(name)} any`),
    sql`insert into ${rebuilt} (${copied}) select ${copied} from ${current}`,
    sql`drop table ${current}`,
    sql`alter table ${rebuilt} rename to ${current}`,
  ]
  return [create, ...steps.map((step) => step.compile(kysely).sql), ...indexes]
}
