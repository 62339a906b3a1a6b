import { StockdbError } from '@stockdb/contract/wire'
import type { Api } from '../../api/api.ts'
import { isUpload } from '../call-request.ts'
import type { Step } from './pipeline.ts'

const METHODS = ['GET', 'HEAD', 'POST']

/**
 * Refuses a request without a procedure or with an unsupported method, and one without a valid token unless one of its
 * procedures is open. It runs before the body is read; each procedure then requires its own scope.
 */
export const authenticate =
  (api: Api): Step =>
  ({ req, call: { target, caller } }) => {
    const { procedures } = api
    if (target.problem) throw target.problem
    if (target.procedure === undefined)
      throw new StockdbError('UNKNOWN_PROCEDURE', 'unknown path; procedures are under /trpc/')
    if (!METHODS.includes(req.method ?? ''))
      throw new StockdbError('METHOD_NOT_ALLOWED', `got ${req.method}; expected GET or POST`)
    if (req.method === 'POST' && target.input !== undefined && !isUpload(req, procedures.get(target.procedure)))
      throw new StockdbError('INVALID_INPUT', 'input: got it in the URL of a POST; expected it in the body')
    if (!target.procedure.split(',').some((path) => procedures.get(path)?.scope === 'open')) caller.require('any')
    return false
  }
