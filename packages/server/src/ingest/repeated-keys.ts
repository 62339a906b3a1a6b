import { createHash } from 'node:crypto'
import type { Dataset } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { hasNullableKey } from '../engine/row-key.ts'

/** What becomes of a row whose key an earlier row of the same file has, with other values. */
export const duplicateRules = ['refuse', 'keep-first', 'keep-last'] as const
export type DuplicateRule = (typeof duplicateRules)[number]

/** Rows of one file that keys are remembered of: some 200 bytes each. */
const MAX_ROWS = 2_000_000

/**
 * Where one row of a dataset may be announced, published or named again, two rows of a file with the same key are two
 * facts, of which the database would keep the later without a word. Bars and the like are only ever corrected.
 */
export const rowsMayRepeat = (dataset: Dataset): boolean =>
  (dataset.pointInTime !== undefined && dataset.pointInTime.kind !== 'next-day') || hasNullableKey(dataset)

interface Earlier {
  readonly line: number
  readonly digest: string
}

/** The keys that a file had so far, by which a row that repeats one is found. */
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
   * The line of the first row with the key of this one, where that has other values; `undefined` for a new key, which is
   * remembered, and for a row that is the same in all. Throws a `RangeError` when there are too many.
   */
  conflictOf(values: readonly StoredValue[], line: number): number | undefined {
    const key = textOf(this.#keyAt.map((at) => values[at] ?? null))
    const digest = createHash('sha1').update(textOf(values)).digest('base64')
    const earlier = this.#seen.get(key)
    if (earlier) return earlier.digest === digest ? undefined : earlier.line
    if (this.#seen.size === MAX_ROWS) {
      throw new RangeError(
        `it has more than ${MAX_ROWS.toLocaleString('en')} keys, too many to tell repeated ones; split it, or say --on-duplicate keep-last`,
      )
    }
    this.#seen.set(key, { line, digest })
    return undefined
  }

  /** Says, for people, what two rows of one key have in common and in what they differ. */
  describe(first: readonly StoredValue[], second: readonly StoredValue[]): string {
    const keys = this.#dataset.key.map((name) => `${name} ${show(first[this.#fields.indexOf(name)])}`)
    const differing = this.#fields.flatMap((name, at) =>
      first[at] === second[at] ? [] : [`${name} ${show(first[at])} there and ${show(second[at])} here`],
    )
    const more = differing.length > 5 ? `, and ${differing.length - 5} more` : ''
    return `(${keys.join(', ')}) and other values: ${differing.slice(0, 5).join(', ')}${more}`
  }
}

/** A text that no other values have: no value holds the character that parts them from each other. */
const textOf = (values: readonly StoredValue[]): string =>
  values.map((value) => (value === null ? '' : String(value))).join('\u0000')

const show = (value: StoredValue | undefined): string =>
  value === null || value === undefined ? 'null' : String(value).slice(0, 80)
