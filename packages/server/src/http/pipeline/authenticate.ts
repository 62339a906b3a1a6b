import { StockdbError } from '@stockdb/contract/wire'
import type { Procedures } from '../../api/trpc.ts'
import type { Step } from './pipeline.ts'

const METHODS = ['GET', 'HEAD', 'POST']

/**
 * Refuses a request that names no procedure or uses a method that none takes, and one without a valid token unless a
 * procedure that it names is open. It runs before the body is read; each procedure then requires its own scope.
 */
export const authenticate =
  (procedures: Procedures): Step =>
  ({ req, call: { target, caller } }) => {
    if (target.problem) throw target.problem
    if (target.procedure === undefined)
      throw new StockdbError('UNKNOWN_PROCEDURE', 'unknown path; procedures are under /trpc/')
    if (!METHODS.includes(req.method ?? ''))
      throw new StockdbError('METHOD_NOT_ALLOWED', `got ${req.method}; expected GET or POST`)
    if (req.method === 'POST' && target.input !== undefined)
      throw new StockdbError('INVALID_INPUT', 'input: got it in the URL; expected it in the body of a POST')
    if (!target.procedure.split(',').some((path) => procedures.get(path)?.scope === 'open')) caller.require('any')
    return false
  }
