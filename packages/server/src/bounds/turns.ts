/** One turn of the event loop in which calls arrived. */
export interface Turn {
  /** From the first of them until everything that was there was worked on. */
  readonly ms: number
  readonly admitted: number
  readonly refused: number
}

/** Measures the turns of the event loop in which calls arrive. */
export class Turns {
  readonly #onEnd: (turn: Turn) => void
  readonly #atEnd: (act: () => void) => void
  readonly #now: () => number
  readonly #end = (): void => {
    const turn = { ms: this.#now() - this.#since, admitted: this.#arrived - this.#refused, refused: this.#refused }
    this.#arrived = 0
    this.#refused = 0
    this.#onEnd(turn)
  }
  #arrived = 0
  #refused = 0
  #since = 0

  /** Calls `onEnd` after each of them; `atEnd` runs a function when the turn is over. */
  constructor(
    onEnd: (turn: Turn) => void,
    atEnd: (act: () => void) => void = setImmediate,
    now: () => number = () => performance.now(),
  ) {
    this.#onEnd = onEnd
    this.#atEnd = atEnd
    this.#now = now
  }

  /** A call has arrived. */
  arrived(): void {
    if (this.#arrived++ > 0) return
    this.#since = this.#now()
    this.#atEnd(this.#end)
  }

  /** A call that arrived in this turn was refused. */
  refused(): void {
    this.#refused++
  }
}
