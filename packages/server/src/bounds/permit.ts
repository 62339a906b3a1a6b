import { StockdbError } from '@stockdb/contract/wire'

/** How a permit reports back to admission. */
export interface PermitIssuer {
  count(bytes: number): void
  enterHeavy(signal: AbortSignal): Promise<void>
  leaveHeavy(): void
  leave(): void
}

/** An admitted call. `leave` must be called when it has ended; it releases everything that the call holds. */
export class Permit {
  readonly #office: PermitIssuer
  readonly #heavy = new Set<() => void>()
  #bytes = 0
  #left = false

  /** `bytes` is what the call holds at the start. */
  constructor(office: PermitIssuer, bytes: number) {
    this.#office = office
    this.hold(bytes)
  }

  /** Counts bytes that the call holds; negative when it releases them. */
  hold(bytes: number): void {
    if (this.#left) return
    this.#bytes += bytes
    this.#office.count(bytes)
  }

  /**
   * Waits for one of the places for heavy calls and returns a function that releases it; the end of the call does so at
   * the latest. Throws `OVERLOADED` if the server has no room for heavy calls, and the signal's reason.
   */
  async heavy(signal: AbortSignal): Promise<() => void> {
    await this.#office.enterHeavy(signal)
    if (this.#left) {
      this.#office.leaveHeavy()
      throw signal.reason ?? new StockdbError('CANCELLED', 'the call has ended')
    }
    const release = (): void => {
      if (this.#heavy.delete(release)) this.#office.leaveHeavy()
    }
    this.#heavy.add(release)
    return release
  }

  /**
   * Also takes such a place, unless the call has one: a light call whose reader keeps the database waiting is heavy.
   */
  async becomeHeavy(signal: AbortSignal): Promise<void> {
    if (this.#heavy.size === 0) await this.heavy(signal)
  }

  leave(): void {
    if (this.#left) return
    for (const release of [...this.#heavy]) release()
    this.hold(-this.#bytes)
    this.#left = true
    this.#office.leave()
  }
}
