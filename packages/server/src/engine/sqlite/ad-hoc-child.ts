import { constants, DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'

/** What the child is told: the file, the statement, and how far it may go. */
export interface AdHocWish {
  readonly file: string
  readonly sql: string
  readonly parameters: readonly (string | number | bigint | null)[]
  readonly maxRows: number
  readonly maxBytes: number
  /** When the child ends itself, should nobody else have. */
  readonly timeoutMs: number
}

/** What the child says: the columns, rows in parts, and how it ended. */
export type AdHocNews =
  | {
      readonly columns: readonly {
        readonly name: string
        readonly table: string | null
        readonly column: string | null
      }[]
    }
  | { readonly rows: unknown[][] }
  | { readonly end: 'complete' | 'too many rows' | 'too many bytes' }
  | { readonly error: { readonly errcode: number | undefined; readonly message: string } }

/** Memory that SQLite may take; beyond, the statement fails. */
const HEAP_LIMIT = 256 * 2 ** 20
/** Rows of one message. */
const PART = 4_096

// In a process of its own: what SQLite does can not be interrupted from JavaScript, and a thread that is in it can not be
// ended; a process can be killed.
process.once('message', (wish: AdHocWish) => {
  // This thread will be busy. Should the server have died, nobody kills this process.
  new Worker(
    'const { workerData } = require("node:worker_threads"); setTimeout(() => process.kill(process.pid, "SIGKILL"), workerData)',
    {
      eval: true,
      workerData: wish.timeoutMs,
    },
  ).unref()
  // What the channel does not hold waits in this process, and would be lost if it were closed at once.
  process.send?.(newsOf(wish), () => process.disconnect())
})

function newsOf(wish: AdHocWish): AdHocNews {
  try {
    return run(wish)
  } catch (error) {
    const { errcode, message } = error as { readonly errcode?: number; readonly message: string }
    return { error: { errcode, message } }
  }
}

function run({ file, sql, parameters, maxRows, maxBytes }: AdHocWish): AdHocNews {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000, allowExtension: false })
  database.exec(`pragma hard_heap_limit = ${HEAP_LIMIT}; pragma trusted_schema = off; pragma query_only = on`)
  // Node 22 has none; the handle is read-only all the same.
  if (typeof database.setAuthorizer === 'function') database.setAuthorizer(authorize)
  const statement = database.prepare(sql)
  tell({ columns: statement.columns().map(({ name, table, column }) => ({ name, table, column })) })
  statement.setReturnArrays(true)
  statement.setReadBigInts(true)
  let [rows, count, bytes]: [unknown[][], number, number] = [[], 0, 0]
  for (const row of statement.iterate(...parameters) as Iterable<unknown>) {
    // Declared as an object; with setReturnArrays it is the row's values.
    const values = row as unknown[]
    for (const value of values) bytes += 8 + (typeof value === 'string' ? value.length * 2 : 0)
    if (++count > maxRows) return { end: 'too many rows' }
    if (bytes > maxBytes) return { end: 'too many bytes' }
    rows.push(values)
    if (rows.length === PART) {
      tell({ rows })
      rows = []
    }
  }
  tell({ rows })
  return { end: 'complete' }
}

/** Lets a statement select, read tables that are no system's, call functions and recur; nothing else. */
function authorize(action: number, first: string | null, second: string | null): number {
  switch (action) {
    case constants.SQLITE_SELECT:
    case constants.SQLITE_RECURSIVE:
      return constants.SQLITE_OK
    case constants.SQLITE_READ:
      return /^(?:sqlite_|pragma_)/i.test(first ?? '') ? constants.SQLITE_DENY : constants.SQLITE_OK
    case constants.SQLITE_FUNCTION:
      return second?.toLowerCase() === 'load_extension' ? constants.SQLITE_DENY : constants.SQLITE_OK
    default:
      return constants.SQLITE_DENY
  }
}

function tell(news: AdHocNews): void {
  process.send?.(news)
}
