import type { FieldTypeName } from '../field-types.ts'
import type { Field } from '../fields.ts'

/** A declaration under validation. */
export interface Declaration {
  readonly fields: Readonly<Record<string, Field>>
  readonly symbol?: string | undefined
  readonly date?: string | undefined
  /** Throws a `TypeError` unless `name` is a field, and of one of the types if any are given. */
  need(role: string, name: string | undefined, ...types: FieldTypeName[]): void
  /** Throws a `TypeError` that names the dataset. */
  fail(reason: string): never
}

/** Whether rows have a date, a datetime or neither. */
export const dateTypeOf = ({ fields, date }: Declaration): FieldTypeName | undefined =>
  date === undefined ? undefined : fields[date]?.type

/** Refuses a field that is named twice. */
export function refuseRepeats(declaration: Declaration, role: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) declaration.fail(`${role} names ${twice} twice`)
}
