import type { Catalogue, Dataset } from '@stockdb/contract'
import { sql } from 'kysely'
import type { Dialect } from './dialect.ts'
import type { Engine } from './engine.ts'
import type { Difference } from './schema.ts'
import { compareTable, declaredType } from './schema.ts'
import type { TableShape } from './table-shape.ts'

/** What must be done so that a table is as its dataset declares it. */
export interface MigrationStep {
  readonly dataset: Dataset
  readonly kind: 'create' | 'alter' | 'none'
  readonly differences: readonly Difference[]
  readonly statements: readonly string[]
}

/** Compares every table of the catalogue with the database; changes nothing. */
export async function planMigration(
  engine: Engine,
  catalogue: Catalogue,
  signal: AbortSignal,
): Promise<MigrationStep[]> {
  const steps: MigrationStep[] = []
  for (const dataset of Object.values(catalogue)) {
    const table = await engine.describe(dataset.name, signal)
    if (!table) {
      steps.push({
        dataset,
        kind: 'create',
        differences: [],
        statements: createStatements(engine, dataset, dataset.name),
      })
      continue
    }
    const differences = compareTable(engine.kind, dataset, table)
    const statements = differences.length === 0 ? [] : alterStatements(engine, dataset, table, differences)
    steps.push({ dataset, kind: differences.length === 0 ? 'none' : 'alter', differences, statements })
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

const indexName = (dataset: Dataset): string => `${dataset.name}_${dataset.date}`

/** The key is symbol and date, clustered; the date has an index of its own, for cross-sections. */
function createStatements({ kind, dialect }: Engine, dataset: Dataset, table: string): string[] {
  let create = dialect.kysely.schema.createTable(table)
  for (const [name, field] of Object.entries(dataset.fields)) {
    create = create.addColumn(name, sql.raw(declaredType(kind, field)), (column) =>
      field.nullable ? column : column.notNull(),
    )
  }
  create = create.addPrimaryKeyConstraint(`${dataset.name}_key`, dataset.key as never)
  create =
    kind === 'sqlite'
      ? // Without a row id the table is clustered by its key, as InnoDB's are.
        create.modifyEnd(sql`strict, without rowid`)
      : create.modifyEnd(sql`engine = innodb default character set utf8mb4 collate utf8mb4_bin`)
  return [create.compile().sql, ...indexStatements(dialect, dataset)]
}

function indexStatements(dialect: Dialect, dataset: Dataset): string[] {
  if (!dataset.date || dataset.key[0] === dataset.date) return []
  return [dialect.kysely.schema.createIndex(indexName(dataset)).on(dataset.name).column(dataset.date).compile().sql]
}

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
    const verb = sql.raw(present.has(name) ? 'modify column' : 'add column')
    return sql`${verb} ${sql.ref(name)} ${sql.raw(declaredType('mysql', field))} ${sql.raw(field.nullable ? 'null' : 'not null')}`
  })
  if (table.key.join() !== dataset.key.join()) {
    if (table.key.length > 0) clauses.push(sql`drop primary key`)
    clauses.push(sql`add primary key (${sql.join(dataset.key.map((name) => sql.ref(name)))})`)
  }
  if (differences.some(({ declared }) => declared === 'an index') && dataset.date) {
    clauses.push(sql`add index ${sql.ref(indexName(dataset))} (${sql.ref(dataset.date)})`)
  }
  return [sql`alter table ${sql.table(dataset.name)} ${sql.join(clauses)}`.compile(dialect.kysely).sql]
}

/**
 * SQLite can not change a column: the rows are copied into a new table, which then takes the old one's place. Columns
 * that are not declared come along.
 */
function rebuildSqlite(engine: Engine, dataset: Dataset, table: TableShape): string[] {
  const { kysely } = engine.dialect
  const temporary = `${dataset.name}_rebuilt`
  const present = table.columns.map(({ name }) => name)
  const undeclared = present.filter((name) => !Object.hasOwn(dataset.fields, name))
  const copied = [...Object.keys(dataset.fields).filter((name) => present.includes(name)), ...undeclared]
  const [create = '', ...indexes] = createStatements(engine, dataset, temporary)
  return [
    create,
    ...undeclared.map((name) => kysely.schema.alterTable(temporary).addColumn(name, sql.raw('any')).compile().sql),
    kysely.insertInto(temporary).columns(copied).expression(kysely.selectFrom(dataset.name).select(copied)).compile()
      .sql,
    kysely.schema.dropTable(dataset.name).compile().sql,
    kysely.schema.alterTable(temporary).renameTo(dataset.name).compile().sql,
    ...indexes,
  ]
}
