/**
 * What an answer should contain and what it contains. Coverage counts rows, whatever their values; if `limit` cut the
 * answer, it refers to the remaining rows.
 *
 * A **cell** is one trading day of one symbol. A cell is expected
 * - in `range`, `at`, `panel` and bars: on the trading days of the range on which the symbol was listed, by the
 * dataset's `listing`; for a symbol that is not in that list, or without a list, from its first day with a row to its
 * last;
 * - in `latest` and in `at` with look-back: from the first row of the symbol to the requested end, or to the last day found;
 * - but not on days on which `suspend_d` has a whole-day suspension, nor on days that are not over;
 * - always on days with a row.
 *
 * So nothing is missing if `cellsFound` equals `cellsExpected` and `symbolsMissingCount` is 0. Cells are null if the
 * dataset has no trading calendar (`calendar`), if the calendar does not cover the range, or if the caller may not read
 * it.
 */
export interface FrameCoverage {
  /** Number of distinct requested symbols; null for all. */
  readonly symbolsAsked: number | null
  /**
   * Number of symbols expected to have a row: the requested ones; for all symbols, those found and those listed at the
   * time; in a screen, its members. Null if all were requested and no list exists, or `limit` cut the answer.
   */
  readonly symbolsExpected: number | null
  /** Number of symbols with a row; 0 if the dataset has no symbols. In a screen: those with a row in each of its datasets. */
  readonly symbolsFound: number
  /** The first 100 expected symbols without a row, in the requested order. */
  readonly symbolsMissing: readonly string[]
  readonly symbolsMissingCount: number
  /**
   * Number of found symbols that are not in the dataset's list, or have no first day there, so that gaps before their
   * first and after their last row are not known. Null if cells are null.
   */
  readonly symbolsUnlisted: number | null
  /**
   * Trading days from the start of the range to its end, both inclusive; an open side is the first or the last day with
   * a row. Null if the dataset has no trading calendar, if the calendar does not cover the range, if the caller may not
   * read it, or if there is neither a start nor a row.
   */
  readonly sessionsExpected: number | null
  /** Number of distinct days with a row of any symbol. */
  readonly sessionsFound: number
  /** Number of expected cells. */
  readonly cellsExpected: number | null
  /** Number of those with a row. Several rows of a symbol and day, such as minute bars, are one cell. */
  readonly cellsFound: number | null
  /**
   * Number of cells without a row that are not expected, because the symbol was suspended. Null if that is not known:
   * without `suspend_d`, or if the caller may not read it; suspensions then count as missing.
   */
  readonly cellsSuspended: number | null
  /** In a panel: number of cells filled with the values of an earlier row. */
  readonly cellsFilled: number
  /** Number of symbols with missing cells. */
  readonly symbolsWithHoles: number | null
  /** The ten symbols with the most missing cells, worst first. */
  readonly worst: readonly SymbolHoles[]
  /** The longest run of missing cells of one symbol. */
  readonly longestGap: (Gap & { readonly symbol: string }) | null
  /**
   * In `latest`, `asOf` and `at` with look-back: the oldest of the symbols' last rows. Null for other calls, and
   * without rows.
   */
  readonly oldestRow: OldestRow | null
  /** In a screen: its datasets, and the number of its members with a row in each. Empty for other calls. */
  readonly datasets: readonly DatasetRows[]
  /** When the oldest of the cached calendar, listings and suspensions was read, as ISO time; null if none was used. */
  readonly asOf: string | null
}

/** Missing cells of one symbol. */
export interface SymbolHoles {
  readonly symbol: string
  readonly expected: number
  readonly found: number
  readonly longestGap: Gap
}

/** Consecutive trading days without a row, ignoring suspensions between them: the first, the last, and their number. */
export interface Gap {
  readonly from: string
  readonly to: string
  readonly sessions: number
}

/** The symbol whose last row is the oldest, and how old it is. */
export interface OldestRow {
  readonly symbol: string
  readonly date: string
  /**
   * Trading days after it, up to the requested end or the newest row of the answer; null if the calendar does not cover
   * them.
   */
  readonly sessions: number | null
}

/** How many stocks of a screen have a row in a dataset. */
export interface DatasetRows {
  readonly dataset: string
  readonly expected: number
  readonly found: number
}
