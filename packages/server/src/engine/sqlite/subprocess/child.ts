import { constants, DatabaseSync, type StatementSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { addFinite } from '../finite.ts'
import {
  type ChildRequest,
  type ChildResponse,
  type Form,
  MEMORY_LIMIT,
  NEXT,
  OUT_OF_MEMORY,
  type RowsChunk,
} from './messages.ts'

/** Interval of memory checks, in which SQLite allocates at most about 25 MB. */
const LOOK_MS = 25
/** Rows and bytes after which a chunk is sent. */
const PART_ROWS = 4_096
const PART_BYTES = 2 ** 20

// A subprocess, because SQLite's work cannot be interrupted from JavaScript, and a thread inside it cannot be
// terminated; a process can be killed. If the server died, nothing would kill it: so another thread, which is never
// busy, waits for the end of its input. It also checks memory, because Node's SQLite has no limit.
new Worker(
  `new (require("node:net").Socket)({ fd: 0 }).on("error", () => {}).on("close", () => process.kill(process.pid, "SIGKILL")).resume()
   setInterval(() => process.memoryUsage.rss() > ${MEMORY_LIMIT} && process.kill(process.pid, "${OUT_OF_MEMORY}"), ${LOOK_MS})`,
  { eval: true },
).unref()
// The server decides when this ends, even if a terminal or a service manager signals all processes.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})

const form = process.argv[2] as Form
// Imports the contract, which takes longer than everything else here.
const BatchBuilder = form === 'batches' ? (await import('../../batch-builder.ts')).BatchBuilder : undefined
const addNumberReaders = BatchBuilder && (await import('../loose-numbers.ts')).addNumberReaders
let database: DatabaseSync | undefined
let identity: string | undefined
let parts: Iterator<ChildResponse<Form>, ChildResponse<Form>> | undefined
/** Whether the current statement is the last of a transaction. */
let lastOfTransaction = false
/** Statements may not begin or end transactions; those of `transact` may. */
let transacting = false

process.on('message', (message: ChildRequest | typeof NEXT) => {
  send(responseTo(message))
})
process.on('disconnect', () => process.exit())
send('ready')

function send(response: ChildResponse<Form>): void {
  process.send?.(response)
}

function responseTo(message: ChildRequest | typeof NEXT): ChildResponse<Form> {
  try {
    if (message !== NEXT) parts = begin(message)
    const response = parts?.next().value ?? { failure: { message: 'nothing is being read' } }
    if (response !== 'ready' && 'last' in response && response.last) endTransaction()
    return response
  } catch (error) {
    endTransaction()
    const { code, errcode, message: text } = error as { code?: string; errcode?: number; message: string }
    return { failure: { code, errcode, message: text } }
  }
}

function begin(request: ChildRequest): Iterator<ChildResponse<Form>, ChildResponse<Form>> {
  if (identity !== request.identity) database?.close()
  if (!database?.isOpen) database = open(request.file)
  identity = request.identity
  if (request.transaction && !database.isTransaction) transact('begin')
  lastOfTransaction = request.transaction === 'last'
  const statement = database.prepare(request.sql)
  statement.setReturnArrays(true)
  statement.setReadBigInts(!BatchBuilder || request.columns.some(({ type }) => type === 'int64'))
  return BatchBuilder
    ? inBatches(statement, request, new BatchBuilder(request.columns, { textDates: true }))
    : inRows(statement, request)
}

function endTransaction(): void {
  if (lastOfTransaction && database?.isTransaction) transact('commit')
  lastOfTransaction = false
}

function transact(statement: 'begin' | 'commit'): void {
  transacting = true
  try {
    database?.exec(statement)
  } finally {
    transacting = false
  }
}

function open(file: ChildRequest['file']): DatabaseSync {
  const location = typeof file === 'string' ? file : new URL(file.url)
  const opened = new DatabaseSync(location, { readOnly: true, timeout: 5_000, allowExtension: false })
  addFinite(opened)
  opened.exec('pragma temp_store = memory; pragma trusted_schema = off; pragma query_only = on')
  addNumberReaders?.(opened)
  // Missing in Node 22; the handle is read-only anyway.
  if (typeof opened.setAuthorizer === 'function') opened.setAuthorizer(authorize)
  return opened
}

function* inBatches(
  statement: StatementSync,
  { parameters }: ChildRequest,
  builder: InstanceType<typeof import('../../batch-builder.ts').BatchBuilder>,
): Generator<ChildResponse<'batches'>, ChildResponse<'batches'>> {
  for (const row of statement.iterate(...parameters) as Iterable<unknown>) {
    // Declared as an object; with setReturnArrays it is the row's values.
    builder.push(row as unknown[])
    if (builder.full) yield { batch: builder.take(), last: false }
  }
  return { batch: builder.take(), last: true }
}

function* inRows(statement: StatementSync, { parameters }: ChildRequest): Generator<RowsChunk, RowsChunk> {
  const columns = statement.columns().map(({ name, table, column }) => ({ name, table, column }))
  let [rows, bytes]: [unknown[][], number] = [[], 0]
  for (const row of statement.iterate(...parameters) as Iterable<unknown>) {
    const values = row as unknown[]
    for (const value of values) bytes += 8 + (typeof value === 'string' ? value.length * 2 : 0)
    rows.push(values)
    if (rows.length < PART_ROWS && bytes < PART_BYTES) continue
    yield { columns, rows, last: false }
    rows = []
    bytes = 0
  }
  return { columns, rows, last: true }
}

/** Allows only selects, reads of non-system tables, function calls and recursion. */
function authorize(action: number, first: string | null, second: string | null): number {
  switch (action) {
    case constants.SQLITE_SELECT:
    case constants.SQLITE_RECURSIVE:
      return constants.SQLITE_OK
    case constants.SQLITE_READ:
      return /^(?:sqlite_|pragma_)/i.test(first ?? '') ? constants.SQLITE_DENY : constants.SQLITE_OK
    case constants.SQLITE_FUNCTION:
      return second?.toLowerCase() === 'load_extension' ? constants.SQLITE_DENY : constants.SQLITE_OK
    case constants.SQLITE_TRANSACTION:
      return transacting ? constants.SQLITE_OK : constants.SQLITE_DENY
    default:
      return constants.SQLITE_DENY
  }
}
