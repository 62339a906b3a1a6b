/** Bounds of the HTTP side, each with its default. */
export interface HttpBounds {
  /** Bytes of a request's body. */
  readonly maxBodyBytes: number
  /** Bytes of a request's line and headers together. */
  readonly maxHeaderBytes: number
  /** Calls in one batched request. */
  readonly maxBatchSize: number
  /** Open connections. */
  readonly maxConnections: number
  /** How long a request may take to arrive. */
  readonly requestTimeoutMs: number
  /** How long a reader of a stream may take nothing before its answer is broken off. */
  readonly stallTimeoutMs: number
  /** How long running calls may go on after the server was told to stop. */
  readonly drainTimeoutMs: number
}

export const defaultHttpBounds: HttpBounds = {
  maxBodyBytes: 2 * 2 ** 20,
  maxHeaderBytes: 32 * 2 ** 10,
  maxBatchSize: 20,
  maxConnections: 1_000,
  requestTimeoutMs: 30_000,
  stallTimeoutMs: 600_000,
  drainTimeoutMs: 10_000,
}
