import { createHash } from 'node:crypto'
import type { Dataset } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { hasNullableKey } from '../engine/row-key.ts'

/** What to do with a row whose key appeared in an earlier row of the file with different values. */
export const duplicateRules = ['refuse', 'keep-first', 'keep-last'] as const
export type DuplicateRule = (typeof duplicateRules)[number]

/** How many rows of one file are remembered by key, at about 200 bytes each. */
const MAX_ROWS = 2_000_000

/**
 * Whether one key may be announced, published or named again. Then two rows of a file with the same key are two facts,
 * and the database would silently keep only the later one. Bars and the like are only ever corrected.
 */
export const rowsMayRepeat = (dataset: Dataset): boolean =>
  (dataset.pointInTime !== undefined && dataset.pointInTime.kind !== 'next-day') || hasNullableKey(dataset)

interface Earlier {
  readonly line: number
  readonly digest: string
}

/** The keys seen so far in a file, to find repeated ones. */
export class RepeatedKeys {
  readonly #dataset: Dataset
  readonly #fields: readonly string[]
  readonly #keyAt: readonly number[]
  readonly #seen = new Map<string, Earlier>()

  constructor(dataset: Dataset, fields: readonly string[]) {
    this.#dataset = dataset
    this.#fields = fields
    this.#keyAt = dataset.key.map((name) => fields.indexOf(name)).filter((at) => at >= 0)
  }

  /**
   * The line of the first row with the same key if its values differ. `undefined` for a new key, which is remembered,
   * and for an identical row. Throws a `RangeError` if there are too many keys.
   */
  conflictOf(values: readonly StoredValue[], line: number): number | undefined {
    const key = textOf(this.#keyAt.map((at) => values[at] ?? null))
    const digest = createHash('sha1').update(textOf(values)).digest('base64')
    const earlier = this.#seen.get(key)
    if (earlier) return earlier.digest === digest ? undefined : earlier.line
    if (this.#seen.size === MAX_ROWS) {
      throw new RangeError(
        `it has more than ${MAX_ROWS.toLocaleString('en')} keys, too many to find repeated ones; split it, or pass --on-duplicate keep-last`,
      )
    }
    this.#seen.set(key, { line, digest })
    return undefined
  }

  /** Describes what two rows with one key have in common and where they differ. */
  describe(first: readonly StoredValue[], second: readonly StoredValue[]): string {
    const keys = this.#dataset.key.map((name) => `${name} ${show(first[this.#fields.indexOf(name)])}`)
    const differing = this.#fields.flatMap((name, at) =>
      first[at] === second[at] ? [] : [`${name} ${show(first[at])} there and ${show(second[at])} here`],
    )
    const more = differing.length > 5 ? `, and ${differing.length - 5} more` : ''
    return `(${keys.join(', ')}) and other values: ${differing.slice(0, 5).join(', ')}${more}`
  }
}

/** A text that is unique to these values: the separator occurs in no value. */
const textOf = (values: readonly StoredValue[]): string =>
  values.map((value) => (value === null ? '' : String(value))).join('\u0000')

const show = (value: StoredValue | undefined): string =>
  value === null || value === undefined ? 'null' : String(value).slice(0, 80)
