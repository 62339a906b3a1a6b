/** Records the last day of each symbol, from rows in any order. */
export class LastDays {
  #days = new Int32Array()
  #codes = 0

  add(codes: Int32Array, days: Int32Array): void {
    for (let row = 0; row < codes.length; row++) {
      const [code, day] = [codes[row] as number, days[row] as number]
      if (code >= this.#codes) this.#makeRoom(code)
      if (day > (this.#days[code] as number)) this.#days[code] = day
    }
  }

  /** The symbol whose last day is the oldest; of several the one with the least code. */
  oldest(): { readonly code: number; readonly day: number } | undefined {
    let [least, day] = [-1, Number.POSITIVE_INFINITY]
    for (let code = 0; code < this.#codes; code++) {
      const own = this.#days[code] as number
      if (own === NEVER || own >= day) continue
      least = code
      day = own
    }
    return least < 0 ? undefined : { code: least, day }
  }

  #makeRoom(code: number): void {
    this.#codes = code + 1
    if (code < this.#days.length) return
    const more = new Int32Array(Math.max(code + 1, this.#days.length * 2, FIRST_ROOM)).fill(NEVER)
    more.set(this.#days)
    this.#days = more
  }
}

const FIRST_ROOM = 16
const NEVER = -(2 ** 31)
