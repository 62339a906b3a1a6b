import type { UnknownSymbols } from './arguments.ts'

/** Comparisons with one value. */
export const comparisons = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte'] as const
export type Comparison = (typeof comparisons)[number]

/** A condition on a field, its values as the field has them. */
export type Condition =
  | { readonly operator: Comparison; readonly values: readonly [unknown] }
  | { readonly operator: 'between'; readonly values: readonly [unknown, unknown] }
  | { readonly operator: 'in'; readonly values: readonly unknown[] }
  | { readonly operator: 'isNull'; readonly is: boolean }

/** A field of a catalogue by the two names in `'daily_basic.pe'`. */
export interface FieldPath {
  readonly key: string
  readonly dataset: string
  readonly field: string
}

/** What an input of `screen` holds once it is checked. */
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
