import { createHash } from 'node:crypto'
import { deadline } from '../engine/deadline.ts'
import { detached } from '../engine/detached.ts'
import type { Engine } from '../engine/engine.ts'

const TIMEOUT_MS = 5_000

/**
 * A state of the database, as far as it tells of commits. Everything that was read after `since` and is labelled with it is
 * proved unchanged until `at`. Times are those of `performance.now()`.
 */
export interface DatabaseState {
  /** `undefined` where the database does not tell. */
  readonly mark: string | undefined
  /** The same for clients, who learn nothing of the server by it. */
  readonly name: string | undefined
  /** When it was first met. */
  readonly since: number
  /** The last moment at which it was still the state. */
  at: number
  /** The same as wall-clock time, for people. */
  on: number
}

/** Asks the database whether anything was committed: once for all who want to know at the same time. */
export class CommitWatch {
  readonly #engine: Pick<Engine, 'commitMark'>
  readonly #onChange: () => void
  #current: DatabaseState | undefined
  #running: { readonly at: number; readonly done: Promise<void> } | undefined
  #next: Promise<void> | undefined

  /** `onChange` is called when the database is found in another state. */
  constructor(engine: Pick<Engine, 'commitMark'>, onChange: () => void) {
    this.#engine = engine
    this.#onChange = onChange
  }

  /** The state that was met last; later reads see this state, or a later one. */
  get current(): DatabaseState | undefined {
    return this.#current
  }

  /** Looks at the database, no earlier than `since`. Throws its errors. */
  check(since: number): Promise<void> {
    const running = this.#running
    if (!running) return this.#look()
    if (running.at >= since) return running.done
    this.#next ??= running.done
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        return this.#look()
      })
    return this.#next
  }

  #look(): Promise<void> {
    const [at, on] = [performance.now(), Date.now()]
    // For all calls, not on behalf of the one that happens to be first.
    const done = detached(() => this.#engine.commitMark(deadline(TIMEOUT_MS)))
      .then((mark) => this.#learn(mark, at, on))
      .finally(() => {
        this.#running = undefined
      })
    this.#running = { at, done }
    return done
  }

  #learn(mark: string | undefined, at: number, on: number): void {
    const current = this.#current
    if (current && current.mark === mark) {
      current.at = at
      current.on = on
      return
    }
    const name = mark === undefined ? undefined : createHash('sha256').update(mark).digest('base64url')
    this.#current = { mark, name, since: at, at, on }
    if (current) this.#onChange()
  }
}
