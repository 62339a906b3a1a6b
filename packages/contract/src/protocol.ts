/**
 * The version of everything that client and server must agree on: frame metadata, procedure inputs, error bodies.
 * It is raised by every change that an older side would misread; the client compares it when it connects.
 */
export const WIRE_VERSION = 2

/** Names the wire version in the answer to `meta.info` and in the metadata of every Arrow schema. */
export const WIRE_VERSION_KEY = 'stockdb.wire'

/** Media type of an Arrow IPC stream: what a caller puts into `Accept` to get a frame that way. */
export const ARROW_STREAM = 'application/vnd.apache.arrow.stream'

/** Media type of a subscription: server-sent events. */
export const EVENT_STREAM = 'text/event-stream'

/**
 * A subscription that has nothing to tell gives a sign of life every `pingMs`; who heard nothing for `silentMs` may take
 * the connection for dead, and resume on another one.
 */
export const signsOfLife = { pingMs: 5_000, silentMs: 15_000 } as const

/** HTTP header in which the server names the call as its log does. */
export const REQUEST_ID_HEADER = 'x-request-id'

/** HTTP header with which a call asks for `meta.plan`, how its answer was made; any value but an empty one does. */
export const EXPLAIN_HEADER = 'x-stockdb-explain'

/** Bounds that both sides know: the client stays within them, the server enforces them. */
export const limits = {
  /** Symbols in one list. */
  symbols: 10_000,
  /** Fields in one list. */
  fields: 500,
  /** Values in one list of a filter. */
  filterValues: 1_000,
  /** Rows that `latest` returns for each symbol. */
  latestRows: 10_000,
  /** Numbers in the answer of `panel`: symbols × trading days × fields. */
  panelNumbers: 50_000_000,
  /** Trading days that `panel` fills with the values of one row, where a most is given. */
  maxFill: 100_000,
  /** Periods that `asOf` returns of each symbol. */
  periods: 1_000,
  /** Conditions, columns and sort fields of a screen, and the datasets that they may be of. */
  screenConditions: 50,
  screenFields: 100,
  screenSort: 10,
  screenDatasets: 8,
  /** Characters that `instruments.search` looks for. */
  searchText: 64,
  /** Rows that `instruments.search` returns. */
  searchRows: 1_000,
  /** The tree of a caller's query: objects within objects, values of all kinds, and what the database has to plan. */
  query: {
    depth: 200,
    values: 50_000,
    /** Values in one list. */
    list: 10_000,
    /** Characters of one text. */
    text: 4_000,
    /** Tables of one select, joined ones included. */
    tables: 16,
    /** Tables of all its selects, those of a common table as often as that is named; no engine joins more than 61. */
    tablesInAll: 60,
    /** Selects in all. */
    selects: 50,
    /** Columns of one select. */
    columns: 500,
    /** Texts that one text is put together of, by one concat after another. */
    pieces: 100,
  },
  /** A caller's own statement. */
  sql: {
    /** Characters. */
    text: 100_000,
    /** Values bound. */
    params: 10_000,
  },
} as const
