import { dateOf, datetimeOf } from '@stockdb/contract/internal'
import { isValid, StockdbError, type Vector } from '@stockdb/contract/wire'
import type { RepeatPlan } from '../../engine/repeat-plan.ts'

/** The error that names a repeated key. */
export function duplicateKey(
  { dataset, table, onDuplicate }: Pick<RepeatPlan, 'dataset' | 'table' | 'onDuplicate'>,
  values: readonly string[],
): StockdbError {
  const what =
    onDuplicate === undefined
      ? 'delete the repeats, or declare onDuplicate'
      : onDuplicate === 'identical'
        ? 'they differ, so they are not copies'
        : `they differ but have the same ${onDuplicate.order}, which decides between them`
  return new StockdbError(
    'DUPLICATE_KEY',
    `${dataset}: its table ${table} has several rows of the key ${values.join(', ')}; expected one: ${what}`,
  )
}

/** A value of a row, as shown to people. */
export function shownValue(vector: Vector, row: number): string {
  const value = vector.values[row]
  if (!isValid(vector, row)) return 'null'
  if (vector.type === 'symbol') return vector.dictionary[value as number] ?? ''
  if (vector.type === 'date') return dateOf(value as number)
  if (vector.type === 'datetime') return datetimeOf(Number(value))
  return String(value).slice(0, 60)
}
