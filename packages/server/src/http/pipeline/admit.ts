import type { Authenticator } from '../../access/authenticator.ts'
import type { Api } from '../../api/api.ts'
import type { Admission } from '../../bounds/admission.ts'
import type { Bounds } from '../../bounds/settings.ts'
import { callRequestOf } from '../call-request.ts'
import { beginSubscription } from '../subscription-life.ts'
import type { Step } from './pipeline.ts'

export interface AdmitOptions {
  readonly api: Api
  readonly admission: Admission
  readonly authenticator: Authenticator
  readonly bounds: Bounds
}

/** Refuses a call with `RATE_LIMITED` or `OVERLOADED` if there is no room, and counts the others until they end. */
export const admit =
  ({ api, admission, authenticator, bounds }: AdmitOptions): Step =>
  ({ req, res, call }) => {
    const procedure = api.procedures.get(call.path)
    const request = callRequestOf(req, call, procedure, bounds)
    // tRPC would report it inside an answer with a success status.
    if (request.subscription && procedure?.dataset !== undefined) {
      call.caller.require(procedure.scope)
      call.caller.requireDataset(procedure.dataset)
    }
    if (request.subscription && procedure)
      beginSubscription(req, res, call, {
        authenticator,
        scope: procedure.scope,
        maxAgeMs: bounds.maxSubscriptionAgeMs,
      })
    call.admit(admission.enter(request))
    return false
  }
