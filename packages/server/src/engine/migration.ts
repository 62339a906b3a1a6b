import type { Catalogue, Dataset } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import type { RawBuilder } from 'kysely'
import type { Engine } from './engine.ts'
import { compareTable } from './schema.ts'
import type { Difference } from './table-shape.ts'

/** What must be done so that a table is as its dataset declares it. */
export interface MigrationStep {
  readonly dataset: Dataset
  /** `unmarked`: it differs, and is not of stockdb's making, so that it is left alone until it is named to be adopted. */
  readonly kind: 'create' | 'alter' | 'none' | 'unmanaged' | 'unmarked'
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
  const { ddl } = engine.dialect
  const steps: MigrationStep[] = []
  const created = new Set<string>()
  for (const dataset of Object.values(catalogue)) {
    if (dataset.managed === false) {
      steps.push({ dataset, kind: 'unmanaged', differences: [], statements: [] })
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
        statements: compiled(engine, ddl.create(dataset)),
      })
      continue
    }
    const differences = compareTable(engine.dialect, dataset, table)
    const ours = table.made || adopted.has(tableName(dataset))
    // A table of an older version is as declared and has no mark yet.
    if (differences.length === 0) {
      steps.push({
        dataset,
        kind: 'none',
        differences,
        statements: table.made ? [] : compiled(engine, ddl.mark(dataset, table)),
      })
    } else if (!ours) steps.push({ dataset, kind: 'unmarked', differences, statements: [] })
    else
      steps.push({
        dataset,
        kind: 'alter',
        differences,
        statements: compiled(engine, ddl.alter(dataset, table, differences)),
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

const compiled = ({ dialect }: Engine, statements: readonly RawBuilder<unknown>[]): string[] =>
  statements.map((statement) => statement.compile(dialect.kysely).sql)
