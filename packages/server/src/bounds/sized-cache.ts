import { LRUCache } from 'lru-cache'

/** What an entry's own objects take, whatever is in it. */
const ENTRY_BYTES = 512

/**
 * Keeps what was used last, within so many bytes: by number alone, wide tables of which ever other columns are asked for would
 * fill hundreds of megabytes. An entry that is larger than all of them is not kept.
 */
export class SizedCache<Value extends NonNullable<unknown>> {
  readonly #entries: LRUCache<string, Value>

  /** `bytesOf` guesses what a value holds; `dispose` is told of what is no longer kept. */
  constructor(maxBytes: number, bytesOf: (value: Value) => number, dispose?: (value: Value, key: string) => void) {
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (value, key) => ENTRY_BYTES + key.length + Math.ceil(bytesOf(value)),
      ...(dispose ? { dispose } : {}),
    })
  }

  get bytes(): number {
    return this.#entries.calculatedSize
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key)
  }

  set(key: string, value: Value): void {
    this.#entries.set(key, value)
  }
}
