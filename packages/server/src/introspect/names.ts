import { reservedNames } from '@stockdb/contract/internal'

/** Longest name, in characters; with a number appended it still fits the limit for datasets and fields. */
const MAX_LENGTH = 58

/**
 * Names datasets or fields after their database names: letters of any script, digits and underscores stay, other
 * characters become underscores. Names are unique.
 */
export class Names {
  readonly #kind: 'dataset' | 'field'
  readonly #taken = new Set<string>()

  constructor(kind: 'dataset' | 'field') {
    this.#kind = kind
  }

  nameFor(original: string): string {
    const base = this.#plain(original)
    let name = base
    for (let number = 2; this.#taken.has(name.toLowerCase()); number++) name = `${base}_${number}`
    this.#taken.add(name.toLowerCase())
    return name
  }

  #plain(original: string): string {
    const other = this.#kind === 'dataset' ? /[^\p{Ll}\p{Lo}\p{Nd}_]/gu : /[^\p{L}\p{Nd}_]/gu
    const cased = this.#kind === 'dataset' ? original.toLowerCase() : original
    const letters = [...cased.normalize('NFC').replace(other, '_')].slice(0, MAX_LENGTH).join('')
    if (/^_*$/.test(letters)) return this.#kind === 'dataset' ? 'table_' : 'column_'
    const started = /^\p{Nd}/u.test(letters) ? `_${letters}` : letters
    const taken = this.#kind === 'dataset' ? reservedNames.includes(started) : started in Object.prototype
    return taken ? `${started}_` : started
  }
}
