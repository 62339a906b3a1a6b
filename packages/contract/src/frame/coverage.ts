/**
 * How much of what was asked for an answer holds. It says what the database has rows of, no matter what is in them; where
 * `limit` cut the answer, it is about the rows that were left.
 *
 * A **cell** is one trading day of one symbol. A cell is expected
 * - in `range`, `at`, `panel` and bars: on the trading days of the range on which the symbol was listed, as the list says
 *   that the dataset names (`listing`); of a symbol that is not in that list, or where there is no such list, from the first of
 *   its days that has a row to the last;
 * - in `latest` and in `at` with look-back: from the first row of the symbol to the end asked for, or to the last day found;
 * - but not on days on which `suspend_d` says that it was suspended for the whole day, nor on days that are not over;
 * - in any case where there is a row.
 *
 * So nothing is missing where `cellsFound` equals `cellsExpected` and `symbolsMissingCount` is 0. Cells are null where the dataset
 * follows no trading calendar (`calendar`), where the calendar does not reach, and where the caller may not read it.
 */
export interface FrameCoverage {
  /** How many different symbols were asked for; null when all were. */
  readonly symbolsAsked: number | null
  /**
   * How many symbols are expected to have a row: those asked for; when all were, the ones found and the ones listed at the time;
   * or the members that a screen looks at. Null when all were asked for and nothing says which those are, or `limit` cut the answer.
   */
  readonly symbolsExpected: number | null
  /** How many symbols have a row; 0 where the dataset has no symbols. Of a screen: how many have one in each of its datasets. */
  readonly symbolsFound: number
  /** The first 100 of the symbols expected that have no row; those asked for in their order. */
  readonly symbolsMissing: readonly string[]
  readonly symbolsMissingCount: number
  /**
   * How many of the symbols found are not in the list that the dataset names, or are there without a first day: what they
   * lack before their first row and after their last one is not known. Null where cells are.
   */
  readonly symbolsUnlisted: number | null
  /**
   * Trading days from the start of the range asked for to its end, both inclusive; what was left open is the first or the
   * last day that there is a row of. Null where the dataset does not follow a trading calendar, where the calendar does
   * not reach or the caller may not read it, and where there is neither a start nor a row.
   */
  readonly sessionsExpected: number | null
  /** How many different days there is a row of, of whichever symbol. */
  readonly sessionsFound: number
  /** How many cells there should be. */
  readonly cellsExpected: number | null
  /** How many of them have a row. Several rows of a symbol and day, as bars of minutes are, are one cell. */
  readonly cellsFound: number | null
  /**
   * How many cells are not expected, though they have no row, because the symbol was suspended. Null where that is not known: without a
   * `suspend_d`, or where the caller may not read it; suspensions are holes then.
   */
  readonly cellsSuspended: number | null
  /** Of a panel: how many cells have the values of an earlier row. 0 where nothing is filled. */
  readonly cellsFilled: number
  /** How many symbols lack a cell. */
  readonly symbolsWithHoles: number | null
  /** The ten symbols that lack most cells, the worst first. */
  readonly worst: readonly SymbolHoles[]
  /** The longest run of cells that one symbol lacks. */
  readonly longestGap: (Gap & { readonly symbol: string }) | null
  /** Of `latest`, `asOf` and `at` with look-back: the oldest of the symbols' last rows. Null for others, and where there is no row. */
  readonly oldestRow: OldestRow | null
  /** Of a screen: the datasets that it takes fields of, and how many of its members have a row in each. Empty for others. */
  readonly datasets: readonly DatasetRows[]
  /** Since when the oldest of what is expected (calendar, listings, suspensions) is in memory, as ISO time; null where none was used. */
  readonly asOf: string | null
}

/** What one symbol lacks. */
export interface SymbolHoles {
  readonly symbol: string
  readonly expected: number
  readonly found: number
  readonly longestGap: Gap
}

/** Trading days without a row, one after another but for suspensions between them: the first, the last, and how many. */
export interface Gap {
  readonly from: string
  readonly to: string
  readonly sessions: number
}

export interface OldestRow {
  readonly symbol: string
  readonly date: string
  /** Trading days after it, up to the end asked for, or to the newest row of the answer; null where the calendar does not tell. */
  readonly sessions: number | null
}

export interface DatasetRows {
  readonly dataset: string
  readonly expected: number
  readonly found: number
}
