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
