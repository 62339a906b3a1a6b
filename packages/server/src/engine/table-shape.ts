/** A table as the database has it. */
export interface TableShape {
  readonly columns: readonly ColumnShape[]
  /** Columns of the primary key, in order; empty when there is none. */
  readonly key: readonly string[]
  /** For every index the columns that it starts with, in order, the primary key included; null for an expression. */
  readonly indexes: readonly (readonly (string | null)[])[]
  /** Those of the indexes, the primary key included, in which no two rows may be equal, whatever other columns hold. */
  readonly unique: readonly (readonly (string | null)[])[]
  /** Whether it bears the mark of a table that stockdb has made, or was told to adopt. */
  readonly made: boolean
  /** Whether rows have a number of their own, `rowid`; absent where no database gives them one. */
  readonly rowNumbers?: boolean
  /** What the database says of the table; SQLite keeps no comments. */
  readonly comment?: string
}

export interface ColumnShape {
  readonly name: string
  /** The type as the database writes it, in lower case: `double`, `varchar(32)`, `TEXT`. */
  readonly type: string
  readonly nullable: boolean
  /** Collation of a text; absent for other types. On SQLite, which compares bytes, only where a unique index has another one. */
  readonly collation?: string
}

/** One point in which a table differs from its declaration. */
export interface Difference {
  /** The field; absent when the whole table is meant. */
  readonly field?: string
  readonly found: string
  readonly declared: string
  /** True when answers would be wrong or impossible; false when they are right but slower or less strict. */
  readonly breaks: boolean
}
