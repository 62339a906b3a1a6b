import { accessSync, type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { StockdbError } from '@stockdb/contract/wire'

/** `pragma application_id` of files that stockdb created: "stdb" in ASCII. */
export const APPLICATION_ID = 0x73746462

/** The relevant parts of a file's header. Source: sqlite.org, "Database File Format", 1.3. */
const HEADER_BYTES = 100
const READ_VERSION_AT = 19
const SCHEMA_VERSION_AT = 40
const APPLICATION_ID_AT = 68
/** The read version of a file in WAL mode. */
const WAL = 2

/** Cache time of a file's journal mode. */
const LOCKS_MS = 1_000
/** How long a replaced file stays open, longer than a snapshot lives. */
const RETIRED_MS = 600_000

/**
 * A SQLite file: whether stockdb owns it, its identity, and how to open it for reading.
 *
 * A file that stockdb created is in WAL mode and writable. Any other file belongs to the user: it is opened read-only,
 * and unchanged unless a command writes to it.
 */
export class SqliteFile {
  readonly path: string
  #locks = false
  #locksUntil = 0

  constructor(path: string) {
    this.path = path
  }

  /**
   * Whether stockdb created the file, or will create it, and may write to it. Files of versions without a mark are
   * recognised by their tables.
   */
  get own(): boolean {
    const header = this.#header()
    if (!header || header.length < HEADER_BYTES) return true
    if (!mayWrite(this.path) || !mayWrite(dirname(this.path))) return false
    return header.readUInt32BE(APPLICATION_ID_AT) === APPLICATION_ID || this.#isOfOlderVersion(header)
  }

  /**
   * The identity of the file now at the path. Two files can only share an identity if every process closed one before
   * the other was created. Throws `DATABASE_UNAVAILABLE` if there is no file.
   */
  get identity(): string {
    const stat = statSync(this.path, { bigint: true, throwIfNoEntry: false })
    if (stat) return identityOf(stat)
    throw new StockdbError('DATABASE_UNAVAILABLE', 'the database file is missing: it was deleted or moved')
  }

  /** The version of the schema as the file has it: that of all readers if it has no WAL. */
  get schemaVersion(): number | undefined {
    const header = this.#header()
    return header && header.length === HEADER_BYTES ? header.readUInt32BE(SCHEMA_VERSION_AT) : undefined
  }

  /** Whether readers and writer block each other, because it has a rollback journal instead of a WAL. Checked once a second. */
  get locks(): boolean {
    if (performance.now() > this.#locksUntil) {
      this.#locks = !isWal(this.#header())
      this.#locksUntil = performance.now() + LOCKS_MS
    }
    return this.#locks
  }

  /**
   * The path or URI to open for reading. WAL mode needs files next to it; if those cannot be created, the file can only
   * be opened as immutable. Throws `DATABASE_UNAVAILABLE` if it could change.
   */
  get location(): string | URL {
    if (!isWal(this.#header()) || mayWrite(dirname(this.path)) || this.#hasBeside('-shm')) return this.path
    if (this.#hasBeside('-wal') || !isReadOnly(this.path)) {
      throw new StockdbError(
        'DATABASE_UNAVAILABLE',
        'cannot read the database file: it is in WAL mode, in a folder that stockdb may not write to, and could change meanwhile. Make the file read-only for all users, let stockdb write to the folder, or run "pragma journal_mode = delete" on it',
      )
    }
    const url = pathToFileURL(this.path)
    url.searchParams.set('immutable', '1')
    return url
  }

  #hasBeside(suffix: string): boolean {
    return (statSync(this.path + suffix, { throwIfNoEntry: false })?.size ?? 0) > 0
  }

  /** Whether it is in WAL mode with only STRICT tables, which is typical of stockdb and rare otherwise. */
  #isOfOlderVersion(header: Buffer): boolean {
    if (!isWal(header) || header.readUInt32BE(APPLICATION_ID_AT) !== 0) return false
    const database = new DatabaseSync(this.path, { readOnly: true })
    try {
      const tables = database
        .prepare(
          `select strict from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite\\_%' escape '\\'`,
        )
        .all()
      return tables.length > 0 && tables.every(({ strict }) => strict === 1)
    } catch {
      // Opening the file reports any problem.
      return false
    } finally {
      database.close()
    }
  }

  /** The beginning of the file; `undefined` without one. */
  #header(): Buffer | undefined {
    const file = descriptorOf(this.path)
    if (file === undefined) return undefined
    const header = Buffer.alloc(HEADER_BYTES)
    return header.subarray(0, readSync(file, header, 0, HEADER_BYTES, 0))
  }
}

/**
 * The files whose headers were read, which stay open: when a process closes any descriptor of a file, POSIX drops all its
 * locks on it, also those of SQLite's handles, so that others could write in the middle of a snapshot.
 */
const opened = new Map<string, { readonly file: number; readonly identity: string }>()

function descriptorOf(path: string): number | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  const before = opened.get(path)
  if (before && stat && before.identity === identityOf(stat)) return before.file
  if (before) {
    opened.delete(path)
    // Of a replaced file: what is still read of it ends before.
    setTimeout(closeSync, RETIRED_MS, before.file).unref()
  }
  if (!stat) return undefined
  try {
    const file = openSync(path, 'r')
    opened.set(path, { file, identity: identityOf(fstatSync(file, { bigint: true })) })
    return file
  } catch {
    return undefined
  }
}

const identityOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`

const isWal = (header: Buffer | undefined): boolean => header?.[READ_VERSION_AT] === WAL

function mayWrite(path: string): boolean {
  return errorOfWriting(path) === undefined
}

/** Whether a file cannot be written by anyone: by its mode, or because its file system is read-only. */
function isReadOnly(path: string): boolean {
  return (statSync(path).mode & 0o222) === 0 || errorOfWriting(path) === 'EROFS'
}

function errorOfWriting(path: string): string | undefined {
  try {
    accessSync(path, constants.W_OK)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
}
