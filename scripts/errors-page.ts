// Writes docs/errors.md from the closed table of error codes; with --check it only checks that the page is current.
import { type ErrorCode, errorCodes } from '@stockdb/contract/wire'
import { errorOf } from '../packages/client/src/errors.ts'
import { cell, writeOrCheck } from './generated-page.ts'

/** What a caller can do about each error. */
const advice: Readonly<Record<ErrorCode, string>> = {
  INVALID_INPUT: 'Change the argument that the message names.',
  UNAUTHORIZED:
    'Pass a token: `connect(url, { token })`. An expired or revoked one needs a new `stockdb token create`.',
  FORBIDDEN: 'Use a token with the scope or the dataset that the message names.',
  QUERY_REFUSED: 'Use what the message suggests; [functions.md](functions.md) lists what is allowed.',
  UNKNOWN_PROCEDURE: 'Check the path and the dataset. `db.meta.info()` lists what the server has.',
  METHOD_NOT_ALLOWED: 'Use GET for queries, POST for mutations and long inputs.',
  BODY_TOO_LARGE: 'Ask for fewer symbols at once, or raise `--max-body`.',
  TOO_MANY_ROWS: 'Ask for Arrow instead of JSON, or for less; for SQL raise `--max-sql-rows` or `--max-sql-bytes`.',
  MISSING_FACTOR: "Import the missing factors, or pass `missingFactor: 'skip'` or `'raw'`.",
  CONFLICT:
    "Leave out the rows that the message names, or write without `mode: 'insert'`; use a key for one write only.",
  DUPLICATE_KEY:
    'Remove the repeated rows, or declare `onDuplicate`; for a matrix, filter until one row per cell is left.',
  UNKNOWN_SYMBOL: "Correct the symbol, or pass `unknownSymbols: 'ignore'`.",
  OUT_OF_CALENDAR: 'Import `trade_cal` for these dates, or ask for others.',
  NOT_POINT_IN_TIME: 'Use the field or the procedure that the message suggests.',
  SCHEMA_MISMATCH: 'Correct the table or its declaration; `stockdb migrate` reports the differences.',
  INTERNAL: 'Look for the request id in the log of the server, and report it.',
  RATE_LIMITED: 'Nothing: the client retries. Make fewer calls at once if it persists.',
  OVERLOADED: 'Nothing: the client retries. See [limits](configuration.md#limits) if it persists.',
  SHUTTING_DOWN: 'Nothing: the client retries.',
  DATABASE_UNAVAILABLE: 'Nothing: the client retries. Check that the database runs if it persists.',
  DATABASE_INTERRUPTED: 'Nothing: the client retries.',
  WRITE_OUTCOME_UNKNOWN: 'Repeat the write with `idempotencyKey` of the error: it takes effect once.',
  SNAPSHOT_EXPIRED: 'Read the answer faster, ask for less at once, or raise `--max-snapshot-age`.',
  QUERY_TIMEOUT: 'Ask for less, add an index, or raise `--statement-timeout` or `--sql-timeout`.',
  CANCELLED: 'Nothing: your own signal ended the call.',
  UNREACHABLE: 'Check the address and that the server runs.',
  INCOMPLETE_ANSWER: 'Nothing: the client retries. A stream that has delivered rows throws instead; start it again.',
  CALL_TIMEOUT: 'Raise `timeoutMs` of the call, or ask for less.',
  WIRE_MISMATCH: 'Install the same version of client and server.',
}

const rows = Object.entries(errorCodes).map(([code, { status, retryable, meaning }]) => {
  const { name } = errorOf(code as ErrorCode, '')
  return `| \`${code}\` | ${status === 0 ? '–' : status} | ${retryable ? 'yes' : ''} | \`${name}\` | ${cell(meaning)} | ${advice[code as ErrorCode]} |`
})

const text = `# Errors

Every failure is a \`StockdbError\` with a code from this closed table. \`npm run docs:errors\` generates this page from
\`packages/contract/src/errors.ts\`.

An answer is complete, or the call throws; there are never fewer rows without an error. An error has:

- \`code\`, one of the codes below, and a small class for each kind, so that \`instanceof\` works;
- \`message\`, which names the argument, what it got and what is expected;
- \`requestId\`, which is in the server's log;
- \`retryable\`: whether the same call may succeed a moment later. The client retries such errors twice by default
  (\`connect(url, { retries })\`), after \`retryAfterMs\` if the server names one;
- \`cause\`, on the side where the error arose.

\`\`\`ts
import { connect, MissingFactorError, StockdbError } from '@stockdb/client'

const db = await connect('http://127.0.0.1:7788')
try {
  await db.daily.range({ symbols: ['002003.SYN'], adjust: 'qfq' })
} catch (error) {
  if (error instanceof MissingFactorError) console.error('import adj_factor first:', error.message)
  else if (error instanceof StockdbError) console.error(error.code, error.message, error.requestId)
  else throw error
}
\`\`\`

Over plain HTTP the code is \`error.data.code\` in tRPC's envelope; see [HTTP](http.md#errors). A status of – means that the error
arises at the caller, without an answer from the server.

| code | HTTP | retryable | class | meaning | what to do |
|---|---|---|---|---|---|
${rows.join('\n')}
`

writeOrCheck('errors.md', text, 'docs:errors')
