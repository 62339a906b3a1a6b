/** The shape of a table in the database. */
export interface TableShape {
  readonly columns: readonly ColumnShape[]
  /** Columns of the primary key, in order; empty when there is none. */
  readonly key: readonly string[]
  /** The leading columns of every index, in order, including the primary key; null for an expression. */
  readonly indexes: readonly (readonly (string | null)[])[]
  /** The unique indexes, including the primary key. */
  readonly unique: readonly (readonly (string | null)[])[]
  /** The names of its triggers, as far as the account may see them; absent when there are none. */
  readonly triggers?: readonly string[]
  /** Whether it has the mark of tables that stockdb created or adopted. */
  readonly made: boolean
  /** Whether rows have a `rowid`; absent if the database has none. */
  readonly rowNumbers?: boolean
  /** The table's comment; SQLite has none. */
  readonly comment?: string
}

export interface ColumnShape {
  readonly name: string
  /** The type as reported by the database, in lower case: `double`, `varchar(32)`, `TEXT`. */
  readonly type: string
  readonly nullable: boolean
  /**
   * Collation of a text; absent for other types. On SQLite, which compares bytewise, only if a unique index has another
   * one.
   */
  readonly collation?: string
}

/** A difference between a table and its declaration. */
export interface Difference {
  /** The field; absent for the whole table. */
  readonly field?: string
  readonly found: string
  readonly declared: string
  /** True if answers would be wrong or impossible; false if they are correct but slower or less strict. */
  readonly breaks: boolean
}
