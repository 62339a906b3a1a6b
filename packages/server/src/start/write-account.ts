import type { Bounds } from '../bounds/settings.ts'
import type { Commits } from '../engine/commits.ts'
import type { Engine } from '../engine/engine.ts'
import { accountsOf, openEngine } from '../engine/open.ts'
import { hasOwnTables } from '../engine/record-change.ts'
import type { Log } from '../telemetry/log.ts'
import { callObserver } from '../telemetry/running-call.ts'
import { WriteAccount } from '../write/write-account.ts'
import type { StartOptions } from './options.ts'
import { withOption } from './with-option.ts'

/** The account for writes, with as many connections as there are writes, and one for what follows them. */
export function openWriteAccount(
  { database, writeDatabase = '' }: StartOptions,
  main: Engine,
  log: Log,
  bounds: Bounds,
  commits: Commits,
): WriteAccount {
  const accounts = withOption('--write-database', () => {
    accountsOf(writeDatabase)
    return accountsOf(database)
  })
  const own = { ...bounds, connections: bounds.maxWrites + 1 }
  const engine = withOption('--write-database', () => openEngine(writeDatabase, log, own, callObserver, commits))
  return new WriteAccount({
    engine,
    difference: (signal) => accounts.difference(database, writeDatabase, signal),
    hasOwnTables: (signal) => hasOwnTables(main, signal),
  })
}
