/**
 * The version of everything that client and server must agree on: frame metadata, procedure inputs, error bodies.
 * Every change that an older side would misread increments it; the client compares it when it connects.
 */
export const WIRE_VERSION = 2

/** Key of the wire version in the answer to `meta.info` and in the metadata of every Arrow schema. */
export const WIRE_VERSION_KEY = 'stockdb.wire'

/** Media type of an Arrow IPC stream: callers send it in `Accept` to get a frame in Arrow. */
export const ARROW_STREAM = 'application/vnd.apache.arrow.stream'

/**
 * Media type of the answers to several calls for frames in one request, in parts: callers send it in `Accept` of a batched POST.
 * Each call has its own error, limits, request id and line in the log.
 */
export const FRAME_PARTS = 'application/vnd.stockdb.frames'

/** Media type of a subscription: server-sent events. */
export const EVENT_STREAM = 'text/event-stream'

/**
 * An idle subscription sends a ping every `pingMs`; a client that received nothing for `silentMs` may consider the
 * connection dead, and resume on another one.
 */
export const signsOfLife = { pingMs: 5_000, silentMs: 15_000 } as const

/** HTTP header with the request id, as in the server's log. */
export const REQUEST_ID_HEADER = 'x-request-id'

/** HTTP header that requests `meta.plan`; any non-empty value enables it. */
export const EXPLAIN_HEADER = 'x-stockdb-explain'

/** HTTP header of an answer that the server had in memory: the moment as of which it is, such as `2024-01-02T03:04:05.678Z`. */
export const CACHE_HEADER = 'x-stockdb-cached-as-of'

/** HTTP header of an answer that may be kept: the state of the database that its rows are of, or of a state before that. */
export const STATE_HEADER = 'x-stockdb-state'

/** The state of a database that does not report commits. Clients compare this text, so it never changes. */
export const UNKNOWN_STATE = 'untold'

/** HTTP header with the key under which a write takes effect once, however often it is sent. */
export const IDEMPOTENCY_HEADER = 'idempotency-key'

/** A key of this form: 1 to 128 visible ASCII characters. */
export const IDEMPOTENCY_FORM = /^[!-~]{1,128}$/

/** Limits known to both sides: the client stays within them, the server enforces them. */
export const limits = {
  /** Symbols in one list. */
  symbols: 10_000,
  /** Fields in one list. */
  fields: 500,
  /** Values in one list of a filter. */
  filterValues: 1_000,
  /** Rows that `latest` returns for each symbol. */
  latestRows: 10_000,
  /** Numbers in an answer of `panel`: symbols × trading days × fields. */
  panelNumbers: 50_000_000,
  /** Maximum `maxFill` of `panel`, in trading days. */
  maxFill: 100_000,
  /** Periods that `asOf` returns of each symbol. */
  periods: 1_000,
  /** Conditions, columns, sort fields and datasets of a screen. */
  screenConditions: 50,
  screenFields: 100,
  screenSort: 10,
  screenDatasets: 8,
  /** Characters of the search text of `instruments.search`. */
  searchText: 64,
  /** Rows that `instruments.search` returns. */
  searchRows: 1_000,
  /** Limits of a query tree: nesting, values, and the size of what the database has to plan. */
  query: {
    depth: 200,
    values: 50_000,
    /** Values in one list. */
    list: 10_000,
    /** Characters of one text. */
    text: 4_000,
    /** Tables of one select, joined ones included. */
    tables: 16,
    /** Tables in all its selects, those of a common table once per reference; no engine joins more than 61. */
    tablesInAll: 60,
    /** Selects in all. */
    selects: 50,
    /** Columns of one select. */
    columns: 500,
    /** Texts concatenated into one text by nested concats. */
    pieces: 100,
  },
  /** Limits of a caller's own statement. */
  sql: {
    /** Characters. */
    text: 100_000,
    /** Values bound. */
    params: 10_000,
  },
} as const
