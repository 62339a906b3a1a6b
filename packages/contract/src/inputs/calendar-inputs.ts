export interface SessionsInput {
  readonly start: string
  readonly end: string
  /** SSE by default. */
  readonly exchange?: string | undefined
}

export interface SessionInput {
  readonly date: string
  readonly exchange?: string | undefined
}

export interface OffsetInput extends SessionInput {
  /** Sessions to go on (positive) or back (negative); 0 is the last session on or before the date. */
  readonly n: number
}
