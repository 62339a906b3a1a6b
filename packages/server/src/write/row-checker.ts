import type { CheckRule, Dataset } from '@stockdb/contract'
import { ruleTest, type StoredValue, show, violationOf } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import type { Keeps } from '../engine/kept-values.ts'
import { type ReadValue, readerOf, Unfit } from './read-value.ts'
import type { RowBatch } from './row-source.ts'
import { WrittenKeys } from './written-keys.ts'

/** Bad rows that a message names. */
const MAX_NAMED = 20

/** Checks rows against a dataset's declaration, and brings them into the form that the engines store. */
export class RowChecker {
  /** The fields of the rows that come out: those of the source, and those that the declaration fixes. */
  readonly fields: readonly string[]
  readonly #dataset: Dataset
  readonly #given: readonly string[]
  readonly #readers: readonly ReadValue[]
  readonly #fixed: readonly StoredValue[]
  readonly #checks: readonly { readonly rule: CheckRule; readonly test: (row: readonly unknown[]) => boolean }[]
  /** What the declaration fixes, with the place of the field. */
  readonly #only: readonly (readonly [name: string, value: StoredValue, place: number])[]
  /** The places of the key in a row. */
  readonly #key: readonly number[]
  readonly #keys: WrittenKeys
  readonly #problems: string[] = []
  #rows = 0

  /** Throws `INVALID_INPUT` for fields that are unknown or named twice, and where one is missing that every row must have. `maxKeyBytes`: the most memory of the keys. */
  constructor(dataset: Dataset, given: readonly string[], maxKeyBytes: number) {
    const fail = (reason: string): never => {
      throw new StockdbError('INVALID_INPUT', `fields: ${reason}`)
    }
    const known = Object.keys(dataset.fields)
    const unknown = given.find((name) => !known.includes(name))
    if (unknown !== undefined) fail(`got ${show(unknown)}; expected fields of ${dataset.name}: ${known.join(', ')}`)
    const twice = given.find((name, at) => given.indexOf(name) !== at)
    if (twice !== undefined) fail(`got ${twice} twice; expected it once`)
    const only = dataset.only ?? {}
    const fixed = Object.keys(only).filter((name) => !given.includes(name))
    const lacking = known.filter(
      (name) =>
        !given.includes(name) &&
        !fixed.includes(name) &&
        (dataset.key.includes(name) || dataset.fields[name]?.nullable === false),
    )
    if (lacking.length > 0) {
      const why = `the key (${dataset.key.join(', ')}) and every field that is never null`
      fail(`got ${given.join(', ') || 'none'}, without ${lacking.join(', ')}; expected ${why}`)
    }
    this.#dataset = dataset
    this.#given = given
    this.fields = [...given, ...fixed]
    this.#readers = given.map((name) => {
      const field = dataset.fields[name]
      if (!field) throw new TypeError(`dataset ${dataset.name} has no field ${name}`)
      return readerOf(field, dataset.key.includes(name))
    })
    this.#fixed = fixed.map((name) => only[name] as StoredValue)
    this.#checks = (dataset.checks ?? [])
      .filter(({ field, atLeast, atMost, above }) =>
        [field, atLeast, atMost, above].every((one) => typeof one !== 'string' || given.includes(one)),
      )
      .map((rule) => ({ rule, test: ruleTest(rule, this.fields) }))
    this.#only = Object.entries(only).map(([name, value]) => [name, value as StoredValue, this.fields.indexOf(name)])
    this.#key = dataset.key.map((name) => this.fields.indexOf(name))
    this.#keys = new WrittenKeys(this.#key, maxKeyBytes)
  }

  /** Rows that have come so far. */
  get rows(): number {
    return this.#rows
  }

  /** The memory of their keys. */
  get keyBytes(): number {
    return this.#keys.bytes
  }

  /** Whether a row was bad. */
  get failed(): boolean {
    return this.#problems.length > 0
  }

  /** Whether so many rows were bad that no more need to be looked at. */
  get full(): boolean {
    return this.#problems.length >= MAX_NAMED
  }

  /** Throws `INVALID_INPUT` with the bad rows. */
  end(): void {
    if (!this.failed) return
    const more = this.full ? `; these are the first ${MAX_NAMED}` : ''
    throw new StockdbError('INVALID_INPUT', `nothing was written: ${this.#problems.join('; ')}${more}`)
  }

  /**
   * At most so many rows of a batch, from one on, as the engines take them; bad ones are left out and remembered. `keepers`: by field,
   * what its column would change silently. `next`: the row to go on from.
   */
  async check(
    { numRows, columns }: RowBatch,
    from: number,
    most: number,
    keepers?: ReadonlyMap<string, Keeps>,
  ): Promise<{ readonly rows: StoredValue[][]; readonly next: number }> {
    const rows: StoredValue[][] = []
    const keep = this.#given.map((name) => keepers?.get(name))
    const width = this.#readers.length
    const until = Math.min(numRows, from + most)
    let at = from
    for (; at < until && !this.full; at++) {
      const number = ++this.#rows
      const row = new Array<StoredValue>(this.fields.length)
      let problem: string | undefined
      for (let index = 0; index < width; index++) {
        const read = (this.#readers[index] as ReadValue)(columns[index]?.[at])
        if (read instanceof Unfit) {
          problem = `${this.#given[index]}: got ${read.got}; expected ${read.expected}`
          break
        }
        row[index] = read
        const wanted = read === null ? undefined : keep[index]?.(read)
        if (wanted === undefined) continue
        problem = `${this.#given[index]}: got ${show(read)}; expected ${wanted}`
        break
      }
      for (let index = 0; index < this.#fixed.length; index++) row[width + index] = this.#fixed[index] as StoredValue
      problem ??= this.#broken(row)
      // A bad row has no key that counts: with it, packed keys would lose the numbers of their rows.
      if (this.#keys.arePacked && (problem !== undefined || this.#keys.breaksOrder(row))) await this.#keys.unpack()
      problem ??= this.#repeated(row, number)
      if (problem === undefined) rows.push(row)
      else this.#problems.push(`row ${number} (items[${number - 1}]): ${problem}`)
    }
    return { rows, next: at }
  }

  #broken(row: readonly StoredValue[]): string | undefined {
    for (const [name, value, place] of this.#only) {
      const given = row[place]
      if (given !== value && String(given) !== String(value))
        return `${name}: got ${show(given)}; expected ${show(value)}, which all rows of ${this.#dataset.name} have`
    }
    for (const { rule, test } of this.#checks) {
      if (test(row)) continue
      const cellOf = (name: string): StoredValue | undefined => row[this.fields.indexOf(name)]
      return `${rule.field}: got ${show(cellOf(rule.field))}; expected ${violationOf(rule, cellOf)}`
    }
    return undefined
  }

  #repeated(row: readonly StoredValue[], number: number): string | undefined {
    const { key } = this.#dataset
    const earlier = this.#keys.add(row, number)
    if (earlier === undefined) return undefined
    const shown = key.map((name, at) => `${name} ${show(row[this.#key[at] as number])}`).join(', ')
    return `${key.join(', ')}: got the key of row ${earlier} again (${shown}); expected each key once`
  }
}
