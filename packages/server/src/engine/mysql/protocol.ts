/** Numbers of MySQL's protocol for the types of columns. */
export const types = {
  ...{ DECIMAL: 0, TINY: 1, SHORT: 2, LONG: 3, FLOAT: 4, DOUBLE: 5, NULL: 6, TIMESTAMP: 7, LONGLONG: 8, INT24: 9 },
  ...{ DATE: 10, TIME: 11, DATETIME: 12, YEAR: 13, NEWDATE: 14, VARCHAR: 15, BIT: 16, JSON: 245, NEWDECIMAL: 246 },
  ...{ ENUM: 247, SET: 248, TINY_BLOB: 249, MEDIUM_BLOB: 250, LONG_BLOB: 251, BLOB: 252, VAR_STRING: 253, STRING: 254 },
} as const

/** Number of the character set `binary`. */
export const BINARY = 63

/** Flags of a column. */
export const flags = { NOT_NULL: 1, PRI_KEY: 2, UNIQUE_KEY: 4, MULTIPLE_KEY: 8, UNSIGNED: 32, BINARY: 128 } as const

export const isUnsigned = (column: { readonly flags: number }): boolean => (column.flags & flags.UNSIGNED) !== 0
