/** What all workers of a server say of themselves. */
export interface Gathered<Report> {
  /** In the order of the workers; one at least. */
  readonly reports: readonly { readonly worker: number; readonly report: Report }[]
  /** The last reports of workers that died: what they had counted. */
  readonly ended: readonly Report[]
  /** Workers that did not answer in time. One that is being replaced is not among them. */
  readonly silent: readonly number[]
  /** How many workers there should be, and how many were replaced so far. */
  readonly workers: number
  readonly replaced: number
}
