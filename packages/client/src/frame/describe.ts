import type { FrameField } from '@stockdb/contract/wire'
import { mean, std } from '../series/moments.ts'
import { quantiles } from '../series/quantile.ts'
import type { Column } from './columns.ts'
import type { ColumnInput } from './frame-input.ts'

/** One row for each field: what it is, and how its values are distributed. */
export function describeColumns(
  fields: readonly FrameField[],
  columns: Readonly<Record<string, Column>>,
): Readonly<Record<string, ColumnInput>> {
  const described = fields.map(({ name, type }) => describeColumn(type, columns[name] ?? []))
  const numbers = (of: keyof Numbers): Float64Array =>
    Float64Array.from(described, ({ numbers }) => numbers?.[of] ?? Number.NaN)
  return {
    field: fields.map(({ name }) => name),
    type: fields.map(({ type }) => type),
    count: Int32Array.from(described, ({ count }) => count),
    nulls: Int32Array.from(described, ({ nulls }) => nulls),
    mean: numbers('mean'),
    std: numbers('std'),
    min: numbers('min'),
    q25: numbers('q25'),
    median: numbers('median'),
    q75: numbers('q75'),
    max: numbers('max'),
    first: described.map(({ first }) => first),
    last: described.map(({ last }) => last),
  }
}

type Numbers = Readonly<Record<'mean' | 'std' | 'min' | 'q25' | 'median' | 'q75' | 'max', number>>

interface Described {
  readonly count: number
  readonly nulls: number
  readonly numbers?: Numbers
  /** The smallest and the greatest of values that are no numbers. */
  readonly first: string | null
  readonly last: string | null
}

function describeColumn(type: FrameField['type'], column: Column): Described {
  if (type === 'float64' || type === 'int32' || type === 'int64') {
    const values = Float64Array.from(column as ArrayLike<number | bigint | null>, (value) =>
      value === null ? Number.NaN : Number(value),
    ).filter((value) => !Number.isNaN(value))
    const [min = NaN, q25 = NaN, median = NaN, q75 = NaN, max = NaN] = quantiles(values, [0, 0.25, 0.5, 0.75, 1])
    const numbers = { mean: mean(values), std: std(values), min, q25, median, q75, max }
    return { count: values.length, nulls: column.length - values.length, numbers, first: null, last: null }
  }
  let [count, first, last]: [number, string | null, string | null] = [0, null, null]
  for (let row = 0; row < column.length; row++) {
    const value = column[row]
    if (value === null || value === undefined) continue
    const text = String(value)
    count += 1
    if (first === null || text < first) first = text
    if (last === null || text > last) last = text
  }
  return { count, nulls: column.length - count, first, last }
}
