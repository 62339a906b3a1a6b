import { tableName } from '@stockdb/contract/internal'
import type { CommitMark, Written } from '../engine.ts'
import { changesTable, sequenceTable } from '../own-tables.ts'
import { writtenOf } from '../written.ts'
import type { Controllers } from './controllers.ts'

/** Servers that speak this protocol, but lack one of the variables. */
const UNKNOWN_VARIABLE = 1193
/** A database without stockdb's own tables, or an account that may not read them. */
const NO_TABLES: readonly unknown[] = [1142, 1143, 1146]
/** How often a state is looked at that other writes change meanwhile. */
const LOOKS = 3
/** More writes at once are not read one by one. */
const MAX_WRITES = 500
/** The log that is searched for its place while others wait; more is searched in the background. */
const SHORT_LOG_BYTES = 16 * 2 ** 20
/** The time until the place in the log is searched again. */
const ANCHOR_MS = 10_000

const SERVER = `select version(), @@global.log_bin, concat_ws('/', @@hostname, @@port, @@server_id /*!50700 , @@server_uuid */)`

/**
 * Where a MariaDB server's binary log and its tables agree, and how many transactions have got there. `@@gtid_binlog_pos` is moved
 * before the tables show the rows, so that a reader could take old rows for new ones forever.
 */
const MARIADB_LOG = `show status where variable_name in ('Binlog_snapshot_file', 'Binlog_snapshot_position', 'Binlog_commits', 'Slaves_running')`

/** What a replica, or a node of a cluster, takes from others is only in its own log if it is set to write it there. */
const MARIADB_SETTINGS = 'select @@global.log_slave_updates, @@global.wsrep_on, @@global.gtid_binlog_pos'

/** Tells databases apart that were made again under the same name, and whose logs may have come to the same place. */
const MARIADB_BORN = 'select min(create_time) from information_schema.tables where table_schema = database()'

/** MySQL adds a transaction here after its rows can be seen, with those of a replica. */
const MYSQL_LOG = 'select @@global.gtid_mode, @@global.gtid_executed'

const CHANGES = `select * from ${tableName(changesTable)} where sequence > ? and sequence <= ? order by sequence limit ${MAX_WRITES + 1}`

/** Whether a write may change rows of tables that its record does not name, as far as the account sees; and whether it sees all. */
const CASCADES = `select exists(select 1 from information_schema.triggers where trigger_schema = database())
    or exists(select 1 from information_schema.referential_constraints where constraint_schema = database()
      and (update_rule not in ('RESTRICT', 'NO ACTION') or delete_rule not in ('RESTRICT', 'NO ACTION'))),
  exists(select 1 from information_schema.user_privileges where privilege_type = 'TRIGGER' and grantee = me.grantee)
    or exists(select 1 from information_schema.schema_privileges where privilege_type = 'TRIGGER' and grantee = me.grantee
      and database() like table_schema)
  from (select concat('''', replace(current_user(), '@', '''@'''), '''') as grantee) as me`

/** A place in the log. */
interface Log {
  readonly text: string
  /** Commits that a reader sees at this place, from a number on that stays the same. */
  readonly commits: number
  /** Where MariaDB's log is. */
  readonly place?: readonly [file: string, position: number]
}

/** A state of which is known how many of its commits were writes of stockdb. */
interface Counted {
  /** The number of the last write. */
  readonly sequence: number
  /** Other commits: readers see at least so many. */
  readonly others: number
  /** Whether no write changes other tables than its record names. */
  plain?: boolean
}

interface MysqlMark extends CommitMark {
  /** Which one of those that were read. */
  readonly index: number
  readonly counted?: Counted
}

/**
 * Reads marks of commits. Between two marks, everything was written by stockdb if the commits that it did not make are equally many
 * in both: at least so many were visible at the first one, and at most so many have begun to be logged at the second. Each of
 * its own commits moves a number in `stockdb_sequence`.
 */
export class CommitMarks {
  readonly #controllers: Pick<Controllers, 'ask' | 'askAll'>
  #index = 0
  /** By how much MariaDB's numbers of transactions are ahead of its count of those that were committed, at a mark. */
  #anchor: { readonly index: number; readonly ahead: number } | undefined
  #anchoredAt = Number.NEGATIVE_INFINITY
  /** Of MariaDB: when the database was made, as of a count of commits, which begins again with each start of the server. */
  #born: { readonly at: string; readonly commits: number } | undefined

  constructor(controllers: Pick<Controllers, 'ask' | 'askAll'>) {
    this.#controllers = controllers
  }

  async read(before?: CommitMark): Promise<CommitMark> {
    for (let look = 1; ; look++) {
      const log = await this.#log()
      if (!log) return { text: undefined }
      if (before && before.text === log.text) return before
      const { mark, isQuiet } = await this.#count(log, before as MysqlMark | undefined)
      if (isQuiet || look === LOOKS) return mark
    }
  }

  async #count(log: Log, before: MysqlMark | undefined): Promise<{ mark: MysqlMark; isQuiet: boolean }> {
    const index = this.#index++
    const { text } = log
    // MariaDB moves its place together with the rows; MySQL names a transaction after they can be seen.
    const coversReads = log.place !== undefined
    try {
      const numbers = await this.#controllers.askAll(`select id, last from ${tableName(sequenceTable)}`)
      const sequence = Number(numbers.find(([id]) => Number(id) === 1)?.[1] ?? 0)
      const ours = numbers.reduce((sum, [, last]) => sum + Number(last), 0)
      const counted: Counted = { sequence, others: log.commits - ours }
      const written = before?.counted && (await this.#changes(before.counted.sequence, sequence))
      // What was found at an earlier mark holds only if nobody else has committed since.
      const plainBefore = before?.counted?.plain === true
      if (written && !plainBefore) counted.plain = await this.#isPlain()
      const { most, ahead } = await this.#most(log)
      if (log.place) await this.#settle(log, index, ahead)
      // Read last: whatever was committed up to here is in it.
      const isQuiet = most - ours === counted.others
      const explained =
        before?.counted?.others === most - ours &&
        (plainBefore || counted.plain === true) &&
        this.#isSettled(log, before.index, ahead)
      if (explained && plainBefore) counted.plain = true
      return { mark: { text, index, coversReads, counted, ...(explained && written ? { written } : {}) }, isQuiet }
    } catch (error) {
      if (!NO_TABLES.includes((error as { readonly errno?: number }).errno)) throw error
      return { mark: { text, index, coversReads }, isQuiet: true }
    }
  }

  /** What was written between two numbers; `undefined` if it is too much, or not all is remembered. */
  async #changes(after: number, last: number): Promise<readonly Written[] | undefined> {
    if (last < after || last - after > MAX_WRITES) return undefined
    if (last === after) return []
    const rows = await this.#controllers.askAll(CHANGES, [after, last])
    const written = rows
      .map((row) => writtenOf(Object.keys(changesTable.fields), row))
      .filter((one) => one !== undefined)
    return written.length === last - after ? written : undefined
  }

  async #isPlain(): Promise<boolean> {
    const [cascades, seesAll] = (await this.#controllers.ask(CASCADES)) ?? []
    return Number(cascades) === 0 && Number(seesAll) === 1
  }

  async #log(): Promise<Log | undefined> {
    try {
      const [version, logs, server] = (await this.#controllers.ask(SERVER)) ?? []
      if (Number(logs) !== 1) return undefined
      const log = String(version).includes('MariaDB') ? await this.#mariadbLog() : await this.#mysqlLog()
      return log && { ...log, text: `${String(server)} ${log.text}` }
    } catch (error) {
      if ((error as { readonly errno?: number }).errno === UNKNOWN_VARIABLE) return undefined
      throw error
    }
  }

  async #mariadbLog(): Promise<Log | undefined> {
    const [logsOthers, cluster, begun] = (await this.#controllers.ask(MARIADB_SETTINGS)) ?? []
    // Read last: a commit between the two must show in it.
    const status = await this.#status()
    const [file, position] = [status.get('Binlog_snapshot_file'), status.get('Binlog_snapshot_position')]
    const alone = status.get('Slaves_running') === '0' && Number(cluster) === 0
    if (!file || position === undefined || !(alone || Number(logsOthers) === 1)) return undefined
    const commits = Number(status.get('Binlog_commits'))
    const known = this.#born && commits >= this.#born.commits ? this.#born.at : undefined
    const born = known ?? String((await this.#controllers.ask(MARIADB_BORN))?.[0])
    this.#born = { at: born, commits }
    return { text: [file, position, String(begun), born].join(' '), commits, place: [file, Number(position)] }
  }

  async #mysqlLog(): Promise<Log | undefined> {
    const [mode, executed] = (await this.#controllers.ask(MYSQL_LOG)) ?? []
    if (mode !== 'ON') return undefined
    const text = String(executed).replaceAll('\n', '')
    return { text, commits: transactionsIn(text) }
  }

  /** The most commits that readers can have seen up to now, and in MariaDB how far their numbers are ahead. */
  async #most({ place }: Log): Promise<{ readonly most: number; readonly ahead: number }> {
    if (place) {
      const most = Number((await this.#status()).get('Binlog_commits'))
      // With definitions of tables, and what readers do not see yet.
      const [numbers] = (await this.#controllers.ask('select @@global.gtid_binlog_pos')) ?? []
      return { most, ahead: lastNumberIn(String(numbers)) - most }
    }
    // A transaction is in one of the two from before its rows can be seen, for a moment in both.
    const [owned] = (await this.#controllers.ask('select @@global.gtid_owned')) ?? []
    const [executed] = (await this.#controllers.ask('select @@global.gtid_executed')) ?? []
    const most = (String(owned).match(/\d#/g)?.length ?? 0) + transactionsIn(String(executed).replaceAll('\n', ''))
    return { most, ahead: 0 }
  }

  async #status(): Promise<ReadonlyMap<unknown, string>> {
    return new Map((await this.#controllers.askAll(MARIADB_LOG)).map(([name, value]) => [name, String(value)]))
  }

  /** Whether MariaDB has logged nothing since a mark that it does not count, such as a definition of a table. */
  #isSettled({ place }: Log, index: number, ahead: number): boolean {
    if (!place) return true
    return this.#anchor !== undefined && this.#anchor.index <= index && this.#anchor.ahead === ahead
  }

  /** Finds the number of the transaction at a mark, unless the one that is known still serves. */
  async #settle({ place = ['', 0], commits }: Log, index: number, ahead: number): Promise<void> {
    if (this.#anchor?.ahead === ahead || performance.now() < this.#anchoredAt + ANCHOR_MS) return
    this.#anchoredAt = performance.now()
    const [file, position] = place
    const found = this.#controllers
      .ask('select binlog_gtid_pos(?, ?)', [file, position])
      .then(([at] = []) => {
        if (typeof at !== 'string') return
        const now = lastNumberIn(at) - commits
        // It never becomes less: what it is again it was meanwhile.
        if (this.#anchor?.ahead !== now) this.#anchor = { index, ahead: now }
      })
      // The log may be gone, or longer than the time there is.
      .catch(() => {})
    if (position <= SHORT_LOG_BYTES) await found
  }
}

/** How many transactions a set has: `uuid:1-5:7,uuid:tag:1-3`. */
function transactionsIn(set: string): number {
  let count = 0
  for (const [, first, last] of set.matchAll(/:(\d+)(?:-(\d+))?(?=[:,]|$)/g))
    count += Number(last ?? first) - Number(first) + 1
  return count
}

/** The numbers of the last transactions of all domains together: `0-1-100,1-1-7`. */
const lastNumberIn = (position: string): number =>
  [...position.matchAll(/-(\d+)(?=,|$)/g)].reduce((sum, [, last]) => sum + Number(last), 0)
