/** The fields of changes and those that they are computed from, all doubles. */
export interface ChangeFields {
  readonly change?: string | undefined
  readonly percentChange?: string | undefined
  readonly close: string
  readonly previousClose: string
  /** By what a change is multiplied after it was divided, 100 by default. */
  readonly percentScale?: number | undefined
}
