import { LRUCache } from 'lru-cache'

/** Overhead per entry, regardless of its content. */
const ENTRY_BYTES = 512

/**
 * A least-recently-used cache bounded in bytes: bounded by count alone, different column lists of wide tables would
 * fill hundreds of megabytes. An entry larger than the limit is not kept.
 */
export class SizedCache<Value extends NonNullable<unknown>> {
  readonly #entries: LRUCache<string, Value>

  /** `bytesOf` estimates the size of a value; `dispose` is called with each evicted value. */
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
