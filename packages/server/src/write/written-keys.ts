import { setImmediate } from 'node:timers/promises'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { StoredValue } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { KeyOrder } from './key-order.ts'
import { KeySet } from './key-set.ts'

/** Rows whose keys are packed together. */
const PACK_ROWS = 4_096
/** Its fastest: keys in order are so much alike that more effort gains little. */
const level = 1

type Texts = (string | null)[]

/**
 * The keys of one write, to find one that comes twice. While the rows come in an order none can. Their keys are then only packed, one to
 * four bytes each, in case that a later row breaks the order: from there on each key is looked up in a set, first of all the packed ones.
 */
export class WrittenKeys {
  readonly #key: readonly number[]
  readonly #maxBytes: number
  readonly #order: KeyOrder
  #packed: Uint8Array[] = []
  #packedBytes = 0
  /** Keys that are not packed yet, column by column. */
  #columns: Texts[]
  #set: KeySet | undefined

  /** `key`: the places of the key in a row. `maxBytes`: the most memory of all keys. */
  constructor(key: readonly number[], maxBytes: number) {
    this.#key = key
    this.#maxBytes = maxBytes
    this.#order = new KeyOrder(key)
    this.#columns = key.map(() => [])
  }

  /** The memory of the keys, without those of the last few rows. */
  get bytes(): number {
    return this.#packedBytes + (this.#set?.bytes ?? 0)
  }

  /** Whether no row has broken the order yet. */
  get arePacked(): boolean {
    return this.#set === undefined
  }

  /** Whether a row breaks the order: then {@link unpack} comes before {@link add}. To be asked once a row while they are packed. */
  breaksOrder(row: readonly StoredValue[]): boolean {
    return !this.#order.takes(row)
  }

  /** Makes the set of the keys so far; other calls are served meanwhile. Throws `BODY_TOO_LARGE` as {@link add} does. */
  async unpack(): Promise<void> {
    const set = new KeySet()
    const places = this.#key.map((_, at) => at)
    let row = 0
    const take = (columns: readonly Texts[]): void => {
      const count = columns[0]?.length ?? 0
      for (let at = 0; at < count; at++)
        set.add(
          columns.map((column) => column[at]),
          places,
          ++row,
        )
      this.#refuseTooMany(set.bytes, row)
    }
    for (const packed of this.#packed.splice(0)) {
      take(JSON.parse(inflateRawSync(packed).toString()) as Texts[])
      await setImmediate()
    }
    take(this.#columns)
    this.#columns = []
    this.#packedBytes = 0
    this.#set = set
  }

  /**
   * Remembers the key of a row under its number from 1; the earlier row with the same key if there is one. Throws `BODY_TOO_LARGE` for
   * more keys than memory for them.
   */
  add(row: readonly StoredValue[], number: number): number | undefined {
    this.#refuseTooMany(this.bytes, number)
    if (this.#set) return this.#set.add(row, this.#key, number)
    for (let at = 0; at < this.#key.length; at++) {
      const value = row[this.#key[at] as number] ?? null
      this.#columns[at]?.push(value === null ? null : String(value))
    }
    if (this.#columns[0]?.length === PACK_ROWS) this.#pack()
    return undefined
  }

  #refuseTooMany(bytes: number, rows: number): void {
    if (bytes <= this.#maxBytes) return
    throw new StockdbError(
      'BODY_TOO_LARGE',
      `the keys of ${rows} rows take more than the ${this.#maxBytes} bytes that one caller may hold; send the rows in the order of their keys, split the write, or raise --max-bytes-in-flight-per-caller`,
    )
  }

  #pack(): void {
    const packed = deflateRawSync(JSON.stringify(this.#columns), { level })
    this.#packed.push(packed)
    this.#packedBytes += packed.byteLength
    this.#columns = this.#key.map(() => [])
  }
}
