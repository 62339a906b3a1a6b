import type { Catalogue, Dataset } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import type { RawBuilder } from 'kysely'
import type { Engine } from './engine.ts'
import { compareTable } from './schema.ts'
import type { Difference } from './table-shape.ts'

/** The changes that bring a table to its dataset's declaration. */
export interface MigrationStep {
  readonly dataset: Dataset
  /** `unmarked`: it differs, and stockdb did not create it, so it is not altered unless it is adopted by name. */
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
    // If several datasets share a table, the first one creates it.
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
    // A table of an older version has no mark yet.
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

/** Creates missing tables only. */
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
