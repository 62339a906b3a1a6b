/** Lets so many do something at once; further ones take turns in the order of their coming. */
export class Turns {
  readonly #most: number
  readonly #waiting = new Set<() => void>()
  #going = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Does it when its turn comes; rejects with the signal's reason when that fires before. */
  async take<Result>(signal: AbortSignal, act: () => Promise<Result>): Promise<Result> {
    if (this.#going < this.#most) this.#going++
    else await this.#turn(signal)
    try {
      return await act()
    } finally {
      const [next] = this.#waiting
      if (next) next()
      else this.#going--
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(go)
        signal.removeEventListener('abort', onAbort)
      }
      const go = (): void => {
        leave()
        resolve()
      }
      const onAbort = (): void => {
        leave()
        reject(signal.reason)
      }
      this.#waiting.add(go)
      signal.addEventListener('abort', onAbort)
      if (signal.aborted) onAbort()
    })
  }
}
