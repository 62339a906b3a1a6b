/** No symbol that was added has these bytes. */
export const UNKNOWN = -1

const FIRST_ENTRIES = 16
const FIRST_BYTES = 256
/** FNV-1a. */
const [HASH_START, HASH_FACTOR] = [0x811c9dc5, 0x01000193]

/**
 * Codes of symbols by their bytes, all of which are compared: no text is made of a symbol that was seen before. Symbols come
 * in runs or in the same order day after day, so the one that followed last time is looked at first.
 */
export class SymbolCodes {
  #count = 0
  /** The last entry that was found or added. */
  #last = 0
  /** By entry: its code, where its bytes are, and the entry that followed. */
  #codes = new Int32Array(FIRST_ENTRIES)
  #starts = new Int32Array(FIRST_ENTRIES + 1)
  #next = new Int32Array(FIRST_ENTRIES)
  #bytes = new Uint8Array(FIRST_BYTES)
  /** Entries by the hash of their bytes, at most half of it in use; 0 means empty, so entries count from 1. */
  #slots: Int32Array | undefined

  find(buffer: Uint8Array, start: number, end: number): number {
    if (this.#count === 0) return UNKNOWN
    const guess = this.#next[this.#last] as number
    const entry = this.#is(guess, buffer, start, end) ? guess : this.#search(buffer, start, end)
    if (entry === UNKNOWN) return UNKNOWN
    this.#next[this.#last] = entry
    this.#last = entry
    return this.#codes[entry] as number
  }

  /** Adds a symbol that is not known yet. */
  add(buffer: Uint8Array, start: number, end: number, code: number): void {
    const entry = this.#count
    if (entry === this.#codes.length) this.#makeRoom()
    const from = this.#starts[entry] as number
    const to = from + end - start
    while (to > this.#bytes.length) this.#bytes = grown(this.#bytes)
    this.#bytes.set(buffer.subarray(start, end), from)
    this.#starts[entry + 1] = to
    this.#codes[entry] = code
    // A run of it is as likely as anything.
    this.#next[entry] = entry
    this.#next[this.#last] = entry
    this.#last = entry
    this.#count++
    if (this.#slots) this.#file(entry)
  }

  #is(entry: number, buffer: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts[entry] as number
    const length = end - start
    if ((this.#starts[entry + 1] as number) - from !== length) return false
    const bytes = this.#bytes
    for (let at = 0; at < length; at++) if (bytes[from + at] !== buffer[start + at]) return false
    return true
  }

  #search(buffer: Uint8Array, start: number, end: number): number {
    const slots = this.#slots ?? this.#index(4 * FIRST_ENTRIES)
    const mask = slots.length - 1
    for (let slot = hashOf(buffer, start, end) & mask; ; slot = (slot + 1) & mask) {
      const entry = (slots[slot] as number) - 1
      if (entry < 0) return UNKNOWN
      if (this.#is(entry, buffer, start, end)) return entry
    }
  }

  #makeRoom(): void {
    this.#codes = grown(this.#codes)
    this.#next = grown(this.#next)
    const starts = new Int32Array(this.#codes.length + 1)
    starts.set(this.#starts)
    this.#starts = starts
    if (this.#slots) this.#index(this.#codes.length * 2)
  }

  #index(size: number): Int32Array {
    const slots = new Int32Array(Math.max(size, this.#codes.length * 2))
    this.#slots = slots
    for (let entry = 0; entry < this.#count; entry++) this.#file(entry)
    return slots
  }

  #file(entry: number): void {
    const slots = this.#slots as Int32Array
    const mask = slots.length - 1
    let slot = hashOf(this.#bytes, this.#starts[entry] as number, this.#starts[entry + 1] as number) & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = entry + 1
  }
}

function grown<Values extends Int32Array | Uint8Array>(values: Values): Values {
  const more = new (values.constructor as new (length: number) => Values)(values.length * 2)
  more.set(values)
  return more
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_START
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), HASH_FACTOR)
  // The low bits alone choose the slot.
  return hash ^ (hash >>> 15)
}
