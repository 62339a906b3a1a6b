import type { Catalogue } from '@stockdb/contract'
import { isWritable } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { deadline } from '../engine/deadline.ts'
import type { Engine } from '../engine/engine.ts'
import { hasOwnTables } from '../engine/record-change.ts'
import { surveyTables } from '../engine/survey.ts'
import type { Log } from '../telemetry/log.ts'
import { type Accounts, refusedWrites } from '../write/write-rights.ts'

/** How long reading the rights of the database account may take. */
export const RIGHTS_TIMEOUT_MS = 10_000

const MAX_NAMED_DATASETS = 5
/** A MySQL administrator has about eighty. */
const MAX_NAMED_RIGHTS = 8

/** Says at once what every call of these datasets would say later. Starting does not wait for this look. */
export async function warnOfTables(engine: Engine, catalogue: Catalogue, log: Log): Promise<void> {
  try {
    const { served, missing, differing } = await surveyTables(engine, catalogue)
    if (missing.length + differing.length === 0) return
    const named = (what: string, names: readonly string[]): string[] =>
      names.length === 0 ? [] : [`${names.length} ${what} (${listOf(names)})`]
    const points = [...named('have no table', missing), ...named('differ from their tables', differing)].join(', ')
    log.warn(
      `${served.length} of ${Object.keys(catalogue).length} datasets can be served; ${points}. "npx stockdb introspect" declares the tables as they are, and "npx stockdb migrate" creates those of the catalogue`,
    )
  } catch (error) {
    log.debug({ err: error }, 'cannot look at the tables')
  }
}

const listOf = (names: readonly string[]): string =>
  names.length > MAX_NAMED_DATASETS ? `${names.slice(0, MAX_NAMED_DATASETS).join(', ')}, …` : names.join(', ')

/** Says which calls that write the database will refuse. Starting does not wait for this look. */
export async function warnOfRefusedWrites(accounts: Accounts, log: Log): Promise<void> {
  try {
    const { reading, catalogue } = accounts
    if (!Object.values(catalogue).some(isWritable)) return
    const signal = deadline(RIGHTS_TIMEOUT_MS)
    // Without them nothing is written at all, and the first write says so.
    if (!(await hasOwnTables(reading, signal))) return
    const refused = await refusedWrites(accounts, signal)
    if (!refused) return
    const { cannot, grants, writesNothing, deletesAlone } = refused
    if (writesNothing) {
      log.info(
        'the database account may only read: upserts, deletes and factors are refused; "stockdb grants" prints an account for --write-database',
      )
      return
    }
    log[deletesAlone ? 'info' : 'warn'](
      { cannot, grants: grants.slice(0, MAX_NAMED_RIGHTS), further: Math.max(0, grants.length - MAX_NAMED_RIGHTS) },
      'the database account that writes lacks rights: the calls under "cannot" are refused until an administrator runs the statements under "grants"',
    )
  } catch (error) {
    log.debug({ err: error }, 'cannot read the rights of the database account that writes')
  }
}

/** Even if the server fails, it should not have more rights than it needs. Starting does not wait for this check. */
export async function warnOfRights(engine: Engine, log: Log): Promise<void> {
  try {
    const rights = await engine.excessRights(deadline(RIGHTS_TIMEOUT_MS))
    if (rights.length === 0) {
      log.debug('the database account has no more rights than stockdb needs')
      return
    }
    log.warn(
      { rights: rights.slice(0, MAX_NAMED_RIGHTS), further: Math.max(0, rights.length - MAX_NAMED_RIGHTS) },
      'the database account has more rights than stockdb needs; "stockdb grants" prints SQL for accounts that do not',
    )
  } catch (error) {
    if (error instanceof StockdbError && error.code === 'DATABASE_UNAVAILABLE')
      log.warn(`${error.message}; calls are refused until it exists`)
    else log.debug({ err: error }, 'cannot read the rights of the database account')
  }
}
