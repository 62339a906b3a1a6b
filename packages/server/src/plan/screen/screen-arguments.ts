import type { CheckedScreen } from '@stockdb/contract/internal'

/** What the rows of a screen depend on. */
export type ScreenArguments = Omit<CheckedScreen, 'limit' | 'unknownSymbols'>

/** As plain data: JSON has no bigint, so 64-bit integers are text. */
export function plainConditions(where: CheckedScreen['where']): CheckedScreen['where'] {
  const plain = (value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
  return where.map((path) => ({
    ...path,
    conditions: path.conditions.map((condition) =>
      // As many as before, of what the operator takes.
      condition.operator === 'isNull'
        ? condition
        : ({ ...condition, values: condition.values.map(plain) } as typeof condition),
    ),
  }))
}
