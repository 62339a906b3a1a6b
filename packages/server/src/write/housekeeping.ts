import type { Engine } from '../engine/engine.ts'
import type { EngineLog } from '../engine/observer.ts'
import { forgetOld } from '../engine/record-change.ts'
import { onBehalfOf } from '../telemetry/running-call.ts'

/** How long a key is remembered: a repeat within this time returns the first result. */
const KEY_MS = 24 * 3_600_000
/** How often old ones are looked for, while there are writes. */
const EVERY_MS = 60_000
const TIMEOUT_MS = 30_000

/** Forgets old idempotency keys and changes now and then, after writes. */
export class Housekeeping {
  readonly #engine: Engine
  readonly #log: EngineLog
  readonly #changesMs: number
  #nextAt = 0

  constructor(engine: Engine, log: EngineLog, changesMs: number) {
    this.#engine = engine
    this.#log = log
    this.#changesMs = changesMs
  }

  /** Called after each write. */
  wrote(): void {
    const now = performance.now()
    if (now < this.#nextAt) return
    this.#nextAt = now + EVERY_MS
    // Not on behalf of the write that happens to come after a minute.
    onBehalfOf(undefined, () => this.tidy()).catch((error: unknown) =>
      this.#log.warn({ err: error }, 'cannot delete old idempotency keys and changes; trying again later'),
    )
  }

  async tidy(at = Date.now()): Promise<void> {
    const keysBefore = new Date(at - KEY_MS)
    const changesBefore = new Date(at - this.#changesMs)
    await forgetOld(this.#engine, { keysBefore, changesBefore }, AbortSignal.timeout(TIMEOUT_MS))
  }
}
