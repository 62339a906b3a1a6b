import type { FieldPacket } from 'mysql2'

/** MySQL's number for the type FLOAT in what it says of a result's columns. */
export const FLOAT = 4

/** The places of the columns of a result whose numbers are of four bytes. A query that computes with them gives doubles. */
export function singlesOf(fields: readonly FieldPacket[] = []): readonly number[] {
  let places = none
  for (let index = 0; index < fields.length; index++) {
    if (fields[index]?.columnType === FLOAT) places = [...places, index]
  }
  return places
}

const none: readonly number[] = []
