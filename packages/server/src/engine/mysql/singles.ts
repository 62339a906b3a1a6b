import type { ColumnDefinition } from './wire/column-definition.ts'

/** MySQL's type number of FLOAT in result metadata. */
export const FLOAT = 4

/** The positions of FLOAT columns in a result. Computed values are doubles. */
export function singlesOf(fields: readonly ColumnDefinition[]): readonly number[] {
  let places = none
  for (let index = 0; index < fields.length; index++) {
    if (fields[index]?.columnType === FLOAT) places = [...places, index]
  }
  return places
}

const none: readonly number[] = []
