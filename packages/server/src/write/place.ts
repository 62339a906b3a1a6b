import type { Semaphore } from '../bounds/semaphore.ts'
import { spending } from '../telemetry/running-call.ts'

/** A place among the writes, which one of them takes, gives back and may take again. */
export class Place {
  readonly #slots: Semaphore
  readonly #caller: string
  #taken = false

  constructor(slots: Semaphore, caller: string) {
    this.#slots = slots
    this.#caller = caller
  }

  /** Throws `OVERLOADED` if none becomes free in time. Without effect if it is taken. */
  async take(signal: AbortSignal): Promise<void> {
    if (this.#taken) return
    await spending('queueMs', () => this.#slots.acquire(signal, this.#caller))
    this.#taken = true
  }

  giveBack(): void {
    if (!this.#taken) return
    this.#taken = false
    this.#slots.release(this.#caller)
  }
}
