import { deadline } from './deadline.ts'
import type { CommitMark, Engine, TableVersion } from './engine.ts'
import type { TableRef } from './table-ref.ts'

const TIMEOUT_MS = 5_000

/** A state of tables, as far as the database tells. Whatever is read after it was looked at is as new, or newer. */
export interface TablesState {
  readonly version: TableVersion | undefined
  readonly mark: CommitMark
  /** When it was looked at, by `performance.now()`. */
  readonly at: number
}

/** Whether tables were written since a state, and the state in which they were found; `undefined` if the database does not tell. */
export interface SinceThen {
  readonly written: boolean | undefined
  readonly state: TablesState
}

/** Tells whether others than stockdb have written to tables: what stockdb writes was checked. */
export class ForeignWrites {
  readonly #engine: Pick<Engine, 'tableVersion' | 'commitMark'>
  readonly #tables: readonly TableRef[]

  constructor(engine: Pick<Engine, 'tableVersion' | 'commitMark'>, tables: readonly TableRef[]) {
    this.#engine = engine
    this.#tables = tables
  }

  /** The state now. */
  async state(): Promise<TablesState> {
    const at = performance.now()
    const mark = await this.#engine.commitMark(deadline(TIMEOUT_MS))
    return { version: await this.#version(), mark, at }
  }

  /** Usually one short statement: the log of commits is only asked if the tables were written, or do not tell. */
  async since(before: TablesState): Promise<SinceThen> {
    const at = performance.now()
    const version = await this.#version()
    const isProof = !version?.isDoubtful || before.mark.text === undefined
    // Not the new one: it may be as fresh, and what was written in between would be in neither.
    if (version && isProof && isSame(version, before)) return { written: false, state: before }
    const mark = await this.#engine.commitMark(deadline(TIMEOUT_MS), before.mark)
    const state = { version, mark, at }
    const isTold = mark.text !== undefined && before.mark.text !== undefined
    if (isTold && (mark.text === before.mark.text || mark.written)) return { written: false, state }
    return { written: isTold || version ? true : undefined, state }
  }

  /** How many tables there are. */
  get tables(): number {
    return this.#tables.length
  }

  /** Whether nobody has written within the last two seconds, as far as the database tells. */
  haveSettled(): Promise<boolean> {
    return this.#version().then(
      (version) => version?.isFresh !== true,
      () => false,
    )
  }

  async #version(): Promise<TableVersion | undefined> {
    return this.#engine.tableVersion?.(this.#tables, deadline(TIMEOUT_MS))
  }
}

/** Whole seconds: what was looked at within the same second as a write may lack the next one. */
const FRESH_MS = 1_000

const isSame = ({ text }: TableVersion, { version, at }: TablesState): boolean =>
  version?.text === text && !(version.isFresh && performance.now() - at >= FRESH_MS)
