import type { FieldPacket } from 'mysql2'

/** MySQL's number for the type FLOAT in what it says of a result's columns. */
export const FLOAT = 4

/** The places of the columns of a result whose numbers are of four bytes. A query that computes with them gives doubles. */
export const singlesOf = (fields: readonly FieldPacket[] = []): number[] =>
  fields.flatMap(({ columnType }, index) => (columnType === FLOAT ? [index] : []))
