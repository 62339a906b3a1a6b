import type { UnknownSymbols } from './arguments.ts'

/** Comparisons with one value. */
export const comparisons = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte'] as const
export type Comparison = (typeof comparisons)[number]

/** A condition on a field, with values of the field's type. */
export type Condition =
  | { readonly operator: Comparison; readonly values: readonly [unknown] }
  | { readonly operator: 'between'; readonly values: readonly [unknown, unknown] }
  | { readonly operator: 'in'; readonly values: readonly unknown[] }
  | { readonly operator: 'isNull'; readonly is: boolean }

/** A field of a catalogue by dataset and field name, as in `'daily_basic.pe'`. */
export interface FieldPath {
  readonly key: string
  readonly dataset: string
  readonly field: string
}

/** A checked input of `screen`. */
export interface CheckedScreen {
  readonly date: string
  readonly where: readonly (FieldPath & { readonly conditions: readonly Condition[] })[]
  readonly fields: readonly FieldPath[]
  readonly sort: readonly (FieldPath & { readonly order: 'asc' | 'desc' })[]
  readonly limit?: number | undefined
  readonly index?: string | undefined
  readonly symbols?: readonly string[] | undefined
  readonly unknownSymbols?: UnknownSymbols | undefined
  readonly report_type: string
  readonly sameDay: boolean
  readonly lookback: boolean
}
