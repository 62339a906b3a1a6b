import { StockdbError } from '@stockdb/contract/wire'
import type { AdHoc } from '../engine/ad-hoc.ts'
import { deadline } from '../engine/deadline.ts'
import type { Engine } from '../engine/engine.ts'
import { requireSchemas } from '../engine/open.ts'
import type { Log } from '../telemetry/log.ts'
import { checkFactorSchema } from '../write/factors/factor-schema.ts'
import type { StartOptions } from './options.ts'
import { RIGHTS_TIMEOUT_MS } from './warn.ts'
import { withOption } from './with-option.ts'

/** Throws a `TypeError` for options that exclude another database for factors. */
export function requireFactorSchema({ database, factorPrefix }: StartOptions): void {
  if (factorPrefix !== undefined)
    throw new TypeError(
      'factorPrefix: got it with factorSchema, where tables have the names of their factors; expected one of the two',
    )
  withOption('--factor-schema', () => requireSchemas(database))
}

/** Checks that factors can be defined in another database; one that does not answer yet is only a warning. */
export async function lookAtFactorSchema(engine: Engine, schema: string, adHoc: AdHoc, log: Log): Promise<void> {
  try {
    await checkFactorSchema(engine, schema, adHoc.schema, deadline(RIGHTS_TIMEOUT_MS))
  } catch (error) {
    if (!(error instanceof StockdbError)) throw error
    log.warn(`--factor-schema: ${error.message}; factors are defined when the database answers`)
  }
}
