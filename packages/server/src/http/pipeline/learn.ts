import { FACTOR_FORM } from '@stockdb/contract/internal'
import { factorProcedures } from '@stockdb/contract/wire'
import type { Api } from '../../api/api.ts'
import type { Call } from '../call.ts'
import type { Step } from './pipeline.ts'

/** How long a definition or a drop by another process may stay unknown to calls of datasets that are known here. */
const KNOWN_MS = 1_000

/** Whether a factor may have this path. */
function mayBeOfFactor(path: string): boolean {
  const [name = '', procedure = '', ...rest] = path.split('.', 3)
  return rest.length === 0 && FACTOR_FORM.test(name) && factorProcedures.includes(procedure)
}

/**
 * Looks for factors that other processes defined or dropped. A call waits for that if it names one that is not known here, or
 * lists them all; others at most once a second, if any are known. Throws for a factor that was dropped. It runs first, because
 * later steps depend on the procedure.
 */
export const learn =
  (api: Api, learned: (call: Call) => void): Step =>
  ({ call }) => {
    const { caller, target } = call
    if (target.procedure === undefined || caller.scopes.length === 0) return false
    const paths = target.procedure.split(',')
    const { factors } = api.services
    const unknown = paths.some((path) => !api.procedures.has(path) && mayBeOfFactor(path))
    // A failure is the caller's: nobody can say whether the path exists.
    const goOn = (): boolean => false
    // Another worker may have defined it again, or dropped it.
    if (unknown || (factors.isOutdated && paths.some((path) => api.isOfFactor(path))))
      return factors.look().then(() => {
        learned(call)
        refuseDropped(api, paths)
        return false
      })
    const named = paths.map((path) => api.procedures.get(path)?.namesDatasets)
    if (named.includes('in answer')) return factors.look().then(goOn, goOn)
    if (paths.some((path) => api.isOfFactor(path))) {
      if (factors.isFresh(KNOWN_MS)) return false
      return factors.look(KNOWN_MS).then(
        () => {
          learned(call)
          refuseDropped(api, paths)
          return false
        },
        // What is asked for may be in memory; if it is not, the read says what is wrong with the database.
        goOn,
      )
    }
    if (named.includes('in input')) {
      // Where no factor is known, a refused query causes no traffic. A new connection asks for a list, which looks.
      if (factors.isEmpty || factors.isFresh(KNOWN_MS)) return false
      return factors.look(KNOWN_MS).then(goOn, goOn)
    }
    return false
  }

/** Of several calls in one request each has its own error. */
function refuseDropped(api: Api, paths: readonly string[]): void {
  const [path = ''] = paths
  const gone = paths.length === 1 ? api.unknown(path) : undefined
  if (gone) throw gone
}
