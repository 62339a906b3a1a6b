const FIRST_ROOM = 64

/** A list of whole numbers of 32 bits that grows at its end. */
export class Numbers {
  values = new Int32Array()
  length = 0

  push(value: number): void {
    if (this.length === this.values.length) this.#grow()
    this.values[this.length++] = value
  }

  clear(): void {
    this.values = new Int32Array()
    this.length = 0
  }

  #grow(): void {
    const grown = new Int32Array(Math.max(FIRST_ROOM, this.length * 2))
    grown.set(this.values)
    this.values = grown
  }
}
