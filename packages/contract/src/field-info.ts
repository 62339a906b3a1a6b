import type { FieldTypeName } from './field-types.ts'

/** A field of a dataset, for people. */
export interface FieldInfo {
  readonly name: string
  readonly type: FieldTypeName
  readonly nullable: boolean
  readonly unit?: string
  readonly description: string
}
