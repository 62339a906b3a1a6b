import { expect, it } from 'vitest'
import { LockWait } from '../../../src/engine/lock-wait.ts'
import { isOfTable, ofRead, translateMysqlError } from '../../../src/engine/mysql/errors.ts'

/** An error as mysql2 has it. */
const told = (errno: number, code: string) => Object.assign(new Error(code), { errno, code, sqlMessage: code })

it.each([
  [1205, 'ER_LOCK_WAIT_TIMEOUT'],
  [1213, 'ER_LOCK_DEADLOCK'],
])('what waited too long for a lock (%d) and writes nothing speaks of no write', (errno, code) => {
  const error = ofRead(translateMysqlError(told(errno, code)))
  expect(error).toBeInstanceOf(LockWait)
  expect(error).toMatchObject({
    code: 'DATABASE_INTERRUPTED',
    retryable: true,
    message: 'another session held a lock for longer than the database waits; try again',
  })
})

it.each([
  [1040, 'ER_CON_COUNT_ERROR'],
  [1203, 'ER_TOO_MANY_USER_CONNECTIONS'],
  [1226, 'ER_USER_LIMIT_REACHED'],
])('a database without a connection to spare (%d) is not one that cannot be reached', (errno, code) => {
  expect(translateMysqlError(told(errno, code))).toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
    retryable: true,
    message: `the database allows no more connections (${code}): raise its limit, or lower --connections`,
  })
})

it('an error of a table is one that stays until the table or a right on it changes', () => {
  const staying: [number, string][] = [
    [1146, 'ER_NO_SUCH_TABLE'],
    [1142, 'ER_TABLEACCESS_DENIED_ERROR'],
    [1356, 'ER_VIEW_INVALID'],
  ]
  const passing: [number, string][] = [
    [1205, 'ER_LOCK_WAIT_TIMEOUT'],
    [1317, 'ER_QUERY_INTERRUPTED'],
    [1969, 'ER_STATEMENT_TIMEOUT'],
    [1037, 'ER_OUTOFMEMORY'],
  ]
  for (const [errno, code] of staying) expect(isOfTable(translateMysqlError(told(errno, code))), code).toBe(true)
  for (const [errno, code] of passing) expect(isOfTable(translateMysqlError(told(errno, code))), code).toBe(false)
})

it.each([
  [
    1290,
    'The MariaDB server is running with the --read-only option so it cannot execute this statement',
    'DATABASE_UNAVAILABLE',
    /read-only/,
  ],
  [1836, 'Running in read-only mode', 'DATABASE_UNAVAILABLE', /read-only/],
  [1114, "The table 'daily' is full", 'DATABASE_UNAVAILABLE', /a table is full/],
  [
    1021,
    'Disk full (/tmp/#sql1); waiting for someone to free some space... (errno: 28 "No space left on device")',
    'DATABASE_UNAVAILABLE',
    /disk .* full/,
  ],
  [1030, 'Got error 28 "No space left on device" from storage engine InnoDB', 'DATABASE_UNAVAILABLE', /disk .* full/],
  [1030, 'Got error 128 "Out of memory in engine" from storage engine InnoDB', 'INTERNAL', /error 1030/],
  [1153, "Got a packet bigger than 'max_allowed_packet' bytes", 'INTERNAL', /max_allowed_packet/],
  [
    1356,
    "View 'stocks.bars' references invalid table(s) or column(s) or function(s) or definer/invoker of view lack rights to use them",
    'SCHEMA_MISMATCH',
    /the view bars cannot be read/,
  ],
])('says what an administrator can do about error %d: %s', (errno, sqlMessage, code, message) => {
  const error = translateMysqlError(Object.assign(new Error(sqlMessage), { errno, code: 'ER', sqlMessage }))
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
})
