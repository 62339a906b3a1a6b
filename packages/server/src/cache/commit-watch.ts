import { createHash } from 'node:crypto'
import { deadline } from '../engine/deadline.ts'
import { detached } from '../engine/detached.ts'
import type { CommitMark, Engine, Written } from '../engine/engine.ts'

const TIMEOUT_MS = 5_000

/** States that follow each other by writes that are all known and reported. */
interface Epoch {
  /** When the first of them was met. */
  readonly since: number
}

/**
 * A state of the database, as far as it reports commits. Everything that was read after it was met and is labelled with it is
 * proved unchanged until `at`. Times are those of `performance.now()`.
 */
export interface DatabaseState {
  /** `undefined` where the database does not tell. */
  readonly mark: string | undefined
  readonly epoch: Epoch
  /** The same for clients, who learn nothing of the server by it; a server that declares other tables has other names. */
  readonly name: string | undefined
  /** Whether a look tells of every commit that earlier reads saw. */
  readonly coversReads: boolean
  /** The last moment at which it was still the state. */
  at: number
  /** The same as wall-clock time, for people. */
  on: number
}

/** Asks the database whether anything was committed: once for all who want to know at the same time. */
export class CommitWatch {
  readonly #engine: Pick<Engine, 'commitMark'>
  readonly #onChange: (written: readonly Written[] | undefined) => void
  readonly #about: string
  #current: DatabaseState | undefined
  #mark: CommitMark | undefined
  #running: { readonly at: number; readonly done: Promise<void> } | undefined
  #next: Promise<void> | undefined

  /**
   * `onChange` is called when the database is found in another state, with what was written, where that is all. `about` is what answers
   * follow from besides the state and the call.
   */
  constructor(
    engine: Pick<Engine, 'commitMark'>,
    onChange: (written: readonly Written[] | undefined) => void,
    about = '',
  ) {
    this.#engine = engine
    this.#onChange = onChange
    this.#about = about
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
    const done = detached(() => this.#engine.commitMark(deadline(TIMEOUT_MS), this.#mark))
      .then((mark) => this.#learn(mark, at, on))
      .finally(() => {
        this.#running = undefined
      })
    this.#running = { at, done }
    return done
  }

  #learn(found: CommitMark, at: number, on: number): void {
    const [current, mark] = [this.#current, found.text]
    this.#mark = found
    if (current && current.mark === mark) {
      current.at = at
      current.on = on
      return
    }
    const name =
      mark === undefined
        ? undefined
        : createHash('sha256')
            .update(JSON.stringify([this.#about, mark]))
            .digest('base64url')
    const { written } = found
    const epoch = current && written ? current.epoch : { since: at }
    this.#current = { mark, name, epoch, coversReads: found.coversReads === true, at, on }
    if (current) this.#onChange(written)
  }
}
