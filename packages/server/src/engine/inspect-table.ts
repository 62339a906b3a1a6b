import type { Dataset } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import { deadline } from './deadline.ts'
import type { Engine } from './engine.ts'
import { EqualCodes } from './equal-codes.ts'
import { FormatCheck } from './format-check.ts'
import type { Inspection } from './inspection.ts'
import { compareTable, describeDifference, enforcesKey, roundedFields, singleFields } from './schema.ts'
import { tableRef } from './table-ref.ts'

const DESCRIBE_TIMEOUT_MS = 10_000

/** Looks at the one table of a dataset. */
export async function inspectTable(engine: Engine, dataset: Dataset): Promise<Inspection> {
  const name = tableName(dataset)
  const shape = await engine.describe(tableRef(dataset), deadline(DESCRIBE_TIMEOUT_MS))
  if (!shape && (await engine.isHidden?.(tableRef(dataset), deadline(DESCRIBE_TIMEOUT_MS))))
    return {
      problem: `table ${name}: the database account may not read it, or it is missing; "stockdb grants" prints the rights it needs`,
    }
  if (!shape) {
    const remedy =
      dataset.managed === false
        ? 'restore it, or declare what there is: "stockdb introspect" writes how'
        : '"stockdb migrate" creates it'
    return { problem: `the database has no table ${name}; ${remedy}` }
  }
  const differences = compareTable(engine.dialect, dataset, shape)
  const breaking = differences.filter(({ breaks }) => breaks)
  if (breaking.length > 0) {
    const points = breaking.map(describeDifference).join('; ')
    return {
      problem: `the table ${name} cannot be served as declared: ${points}; ${remedyOf(dataset, '"stockdb migrate" says what it would change')}`,
    }
  }
  return {
    enforcesKey: enforcesKey(engine.dialect, dataset, shape),
    singles: singleFields(engine.dialect, dataset, shape),
    rounded: roundedFields(engine.dialect, dataset, shape),
    shape,
    signature: JSON.stringify(shape),
    formats: () => FormatCheck.of(engine, [{ dataset, shape }]),
    codes: () => EqualCodes.of(engine, dataset, shape),
    differences: differences.map(describeDifference),
  }
}

/** The remedy for a table: managed ones are created by stockdb, others are only described. */
function remedyOf({ managed }: Dataset, ours: string): string {
  return managed === false ? 'declare it as it is: "stockdb introspect" writes how' : ours
}
