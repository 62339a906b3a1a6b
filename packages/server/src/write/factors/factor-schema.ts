import { show } from '@stockdb/contract/internal'
import type { Engine } from '../../engine/engine.ts'

/**
 * Looks whether the other database that tables of factors are made in can be read. Throws a `TypeError` if it is missing or is the one
 * that is served, `DATABASE_UNAVAILABLE` if that cannot be seen.
 */
export async function checkFactorSchema(
  reading: Pick<Engine, 'missingRights'>,
  schema: string,
  served: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const refuse = (what: string): never => {
    throw new TypeError(`--factor-schema: got ${show(schema)}, ${what}`)
  }
  if (schema === served)
    refuse('the database that is served; expected another one on its server, or --factor-prefix instead')
  const [lacking] = await reading.missingRights([{ on: { schema }, rights: ['SELECT'] }], signal)
  if (lacking)
    refuse(
      `a database that is missing, or that the account of --database may not read; an administrator can make it: CREATE DATABASE IF NOT EXISTS \`${schema}\`; ${lacking.grant}`,
    )
}
