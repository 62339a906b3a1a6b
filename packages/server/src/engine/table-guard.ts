import type { Dataset } from '@stockdb/contract'
import { hasMembers, type Member, tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { deadline } from './deadline.ts'
import { detached } from './detached.ts'
import type { Engine } from './engine.ts'
import type { EqualCodes } from './equal-codes.ts'
import type { FormatCheck } from './format-check.ts'
import type { FormatProgress } from './format-search.ts'
import { inspectMembers, membersOf } from './inspect-members.ts'
import { inspectTable } from './inspect-table.ts'
import type { EngineLog } from './observer.ts'
import type { TableShape } from './table-shape.ts'

/** Cache time of a mismatch before the table is checked again, and the time after a write of ours. */
const RECHECK_MS = 1_000
/** Interval of background checks of a table in use. */
const TRUST_MS = 5_000
/** The time until each of several tables is looked at again, as a multiple of what that takes: there may be thousands. */
const TRUST_TIMES = 50
/** Older knowledge of a table, which nobody has read meanwhile, is not trusted: calls wait until it was looked at. */
const IDLE_MS = 10_000
/** The same for tables that take long to look at, as a multiple of that. */
const IDLE_TIMES = 3

const LIST_TIMEOUT_MS = 10_000

/** What a call needs to know of a table besides. */
export interface TableNeeds {
  /** Whether the call steps from code to code in an index, and would miss those that the index treats as equal. */
  readonly exactCodes?: boolean
}

/** A table that can be read as declared. */
interface Trusted {
  readonly enforcesKey: boolean
  /** The fields stored as FLOAT. */
  readonly singles: ReadonlySet<string>
  readonly rounded: ReadonlySet<string>
  readonly shape: TableShape
  /** The complete shape of the table. */
  readonly signature: string
  readonly formats: FormatCheck | undefined
  readonly codes: EqualCodes | undefined
  /** The tables, where there are several. */
  readonly members: readonly Member[] | undefined
  lookAgainAt: number
  /** When each of several tables is looked at again, and not only their names. */
  inspectAgainAt: number
  /** From when on calls wait for a look at the table. */
  idleAt: number
  /** The look under way. */
  looking: Promise<void> | undefined
}

/**
 * Checks a dataset's table before it is first read, when a reader reports a change, and periodically while in use: a
 * table whose differences would make answers wrong (for example a date stored as text) is refused, and other
 * differences are logged.
 */
export class TableGuard {
  readonly #engine: Engine
  readonly #log: EngineLog
  readonly #good = new Map<string, Trusted>()
  readonly #checks = new Map<string, { until: number; problem: Promise<string | undefined> }>()
  /** The checked datasets by table. */
  readonly #byTable = new Map<string, Set<string>>()
  #membersVersion = 0

  constructor(engine: Engine, log: EngineLog) {
    this.#engine = engine
    this.#log = log
    engine.changes.listen((tables) => {
      for (const table of tables) for (const name of this.#byTable.get(table) ?? []) this.#good.delete(name)
    })
    engine.onCommit(({ table }) => {
      for (const name of this.#byTable.get(table) ?? []) {
        const trusted = this.#good.get(name)
        // Soon, and not at each of many small writes: a look takes longer than one of them.
        if (trusted) trusted.lookAgainAt = Math.min(trusted.lookAgainAt, performance.now() + RECHECK_MS)
      }
    })
  }

  /** Forgets what is known of a dataset that is no longer served, or is another one of the same name now. */
  forget({ name }: Dataset): void {
    this.#good.delete(name)
    this.#checks.delete(name)
    for (const names of this.#byTable.values()) names.delete(name)
  }

  /** Throws `SCHEMA_MISMATCH` with the differences field by field. */
  async check(dataset: Dataset, needs: TableNeeds = {}): Promise<void> {
    const problem = await this.problem(dataset, needs)
    if (problem !== undefined) throw new StockdbError('SCHEMA_MISMATCH', problem)
  }

  /** The reason why the dataset cannot be read, if any. */
  async problem(dataset: Dataset, { exactCodes = false }: TableNeeds = {}): Promise<string | undefined> {
    const trusted = this.#good.get(dataset.name)
    if (!trusted) return (await this.#lookOnce(dataset)) ?? this.#good.get(dataset.name)?.formats?.problem()
    if (performance.now() > trusted.lookAgainAt) this.#lookAgain(dataset, trusted)
    if (trusted.looking && performance.now() > trusted.idleAt) {
      await trusted.looking
      if (this.#good.get(dataset.name) !== trusted) return this.problem(dataset, { exactCodes })
    }
    const problem = await trusted.formats?.problem()
    await trusted.codes?.refresh(exactCodes)
    // The search may have found that the table has changed.
    return this.#good.get(dataset.name) === trusted ? problem : this.#lookOnce(dataset)
  }

  /**
   * Whether the database enforces the dataset's key; false if it is only declared. Known once {@link check} has passed.
   */
  enforcesKey(dataset: Dataset): boolean | undefined {
    return this.#good.get(dataset.name)?.enforcesKey
  }

  /** The table as it was when it was last looked at. Known once {@link check} has passed. */
  shapeOf(dataset: Dataset): TableShape | undefined {
    return this.#good.get(dataset.name)?.shape
  }

  get joinsSlowly(): boolean {
    return this.#engine.dialect.joinsSlowly
  }

  /** Everything known about the table that answers may depend on, as plain data. Known once {@link check} has passed. */
  knownOf(dataset: Dataset): unknown {
    const known = this.#good.get(dataset.name)
    if (!known) return undefined
    const { enforcesKey, singles, rounded, signature, members } = known
    return { enforcesKey, singles: [...singles].sort(), rounded: [...rounded].sort(), signature, members }
  }

  /** An identity for everything known about the table: a new object after a change, `undefined` before the first check. */
  lookAt(dataset: Dataset): object | undefined {
    return this.#good.get(dataset.name)
  }

  /**
   * The fields stored as FLOAT, for which compared values must be rounded. Known once {@link check} has passed.
   */
  singlesOf(dataset: Dataset): ReadonlySet<string> | undefined {
    return this.#good.get(dataset.name)?.singles
  }

  roundedOf(dataset: Dataset): ReadonlySet<string> | undefined {
    return this.#good.get(dataset.name)?.rounded
  }

  /** Whether its table has codes that the column's collation treats as equal, such as `a` and `A`. */
  mixesCodes(dataset: Dataset): boolean {
    return this.#good.get(dataset.name)?.codes?.found ?? false
  }

  /** The tables of a dataset with several, as of the last look. Known once {@link check} has passed. */
  membersOf(dataset: Dataset): readonly Member[] | undefined {
    return this.#good.get(dataset.name)?.members
  }

  /** Increases when the tables of a dataset with several are others than before. */
  get membersVersion(): number {
    return this.#membersVersion
  }

  /** Progress of the search for dates in an undeclared format; `undefined` if it has ended, or is not needed. */
  formatProgress(dataset: Dataset): FormatProgress | undefined {
    return this.#good.get(dataset.name)?.formats?.progress()
  }

  /** Looks whether others have written to the table since it was searched; nothing to wait for if the last look is young. */
  lookForWrites(dataset: Dataset): Promise<void> | undefined {
    return this.#good.get(dataset.name)?.formats?.lookForWrites()
  }

  /**
   * Whether the table was completely searched: for dates in an undeclared format, which filters would miss, and for
   * codes that its collation treats as equal.
   */
  vouchesForFormats(dataset: Dataset): boolean {
    const known = this.#good.get(dataset.name)
    return (known?.formats?.vouches() ?? true) && (known?.codes?.isChecked ?? true)
  }

  #lookOnce(dataset: Dataset): Promise<string | undefined> {
    let check = this.#checks.get(dataset.name)
    if (!check || check.until < performance.now()) {
      check = { until: performance.now() + RECHECK_MS, problem: this.#look(dataset) }
      this.#checks.set(dataset.name, check)
      // A failed check says nothing about the table, and a successful one may expire: the next call checks again.
      check.problem.then(
        (problem) => problem === undefined && this.#checks.delete(dataset.name),
        () => this.#checks.delete(dataset.name),
      )
    }
    return check.problem
  }

  #lookAgain(dataset: Dataset, trusted: Trusted): void {
    const startedAt = performance.now()
    trusted.lookAgainAt = startedAt + TRUST_MS
    trusted.looking ??= detached(async () => {
      const problem = (await this.#isSettled(dataset, trusted)) ? undefined : await this.#look(dataset)
      if (problem !== undefined) this.#good.delete(dataset.name)
      trusted.idleAt = idleAt(startedAt)
    }).finally(() => {
      trusted.looking = undefined
    })
    // An unavailable database says nothing about the table, which only calls that wait for this look must know of.
    trusted.looking.catch(() => {})
  }

  /** Whether a dataset with several tables has the same as before, and to look at each again would take too long. */
  async #isSettled(dataset: Dataset, { members, inspectAgainAt }: Trusted): Promise<boolean> {
    if (!members || performance.now() > inspectAgainAt) return false
    return JSON.stringify(await membersOf(this.#engine, dataset, deadline(LIST_TIMEOUT_MS))) === JSON.stringify(members)
  }

  async #look(dataset: Dataset): Promise<string | undefined> {
    const startedAt = performance.now()
    this.#watch(dataset, [tableName(dataset)])
    const found = await (hasMembers(dataset) ? inspectMembers : inspectTable)(this.#engine, dataset)
    if (found.problem !== undefined) return found.problem
    const { enforcesKey, singles, rounded, shape, signature, members, differences } = found
    const before = this.#good.get(dataset.name)
    const inspectAgainAt = performance.now() + (performance.now() - startedAt) * TRUST_TIMES
    if (before?.signature === signature) {
      before.inspectAgainAt = inspectAgainAt
      return undefined
    }
    if (before) this.#engine.changes.accept([tableName(dataset), ...(members ?? []).map(({ table }) => table)])
    if (members) this.#watch(dataset, [...new Set(members.map(({ table }) => table))])
    const formats = found.formats()
    await formats?.begin()
    const codes = found.codes()
    await codes?.refresh(false)
    const lookAgainAt = performance.now() + TRUST_MS
    const known = {
      enforcesKey,
      singles,
      rounded,
      shape,
      signature,
      formats,
      codes,
      members,
      lookAgainAt,
      inspectAgainAt,
      idleAt: idleAt(startedAt),
      looking: undefined,
    }
    this.#good.set(dataset.name, known)
    // At the same moment, so that no query is kept for tables that it does not read.
    if (members) this.#membersVersion++
    if (differences.length > 0)
      this.#log.warn({ dataset: dataset.name, differences }, 'table differs from its declaration')
    return undefined
  }

  /** Notes whose tables they are, for when one of them changes. */
  #watch({ name }: Dataset, tables: readonly string[]): void {
    for (const table of tables) this.#byTable.set(table, (this.#byTable.get(table) ?? new Set()).add(name))
  }
}

const idleAt = (lookedAt: number): number =>
  performance.now() + Math.max(IDLE_MS, (performance.now() - lookedAt) * IDLE_TIMES)
