/** Called for every row of a table that a caller's own query looks at: SQLite lets nothing else look at the clock meanwhile. */
export const WATCH_FUNCTION = 'stockdb_watch'
