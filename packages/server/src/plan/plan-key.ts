import { createHash } from 'node:crypto'
import type { QueryPlan } from './query-plan.ts'

/** Lists whose order and repeats do not change the answer. */
const SETS: ReadonlySet<string> = new Set(['symbols', 'asked', 'except'])

/**
 * Names what a plan answers: the same for all ways to write a call. Defaults are filled in, symbols and values of filters are
 * sets, the order of a call's arguments does not matter. The order of its fields does: it is that of the answer's columns.
 *
 * What only echoes a call is no part of it: `meta.arguments`, and the order in which `coverage.symbolsMissing` names symbols.
 */
export function planKey(plan: QueryPlan): string {
  return createHash('sha256').update(canonical(plan)).digest('base64url')
}

/** The text that a key is made of. */
function canonical(plan: QueryPlan): string {
  const { fields, meta, guessedRows: _, ...rest } = plan
  const { arguments: __, ...keyed } = meta
  return JSON.stringify(ordered({ ...rest, meta: keyed, columns: fields.map(({ name }) => name) }))
}

function ordered(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) {
    if (SETS.has(name)) return [...new Set(value)].sort()
    // Of what is read, the order is that of the answer's columns or makes no difference.
    if (name === 'fields' && value.every((one) => typeof one === 'string')) return value.toSorted()
    return value.map((one) => ordered(one))
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  if (name === 'where') return entries.map(([field, one]) => [field, valuesOf(one)])
  return Object.fromEntries(entries.map(([key, one]) => [key, ordered(one, key)]))
}

/** A value is a list of one. */
function valuesOf(filter: unknown): unknown {
  const values: unknown[] = Array.isArray(filter) ? filter : [filter]
  return [...new Set(values.map((value) => JSON.stringify(value)))].sort()
}
