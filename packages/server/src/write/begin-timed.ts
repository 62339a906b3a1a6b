import type { Engine, WriteTransaction } from '../engine/engine.ts'
import { spending } from '../telemetry/running-call.ts'

/** Begins a transaction of the current call, and counts in its times how long that waits for a connection and for the database. */
export async function beginTimed(engine: Engine, signal: AbortSignal): Promise<WriteTransaction> {
  const transaction = await spending('queueMs', () => engine.begin(signal))
  const database = <Result>(act: () => Promise<Result>): Promise<Result> => spending('databaseMs', act)
  return {
    upsert: (...given) => database(() => transaction.upsert(...given)),
    change: (...given) => database(() => transaction.change(...given)),
    run: (statement) => database(() => transaction.run(statement)),
    define: (statements) => database(() => transaction.define(statements)),
    findMerged: (...given) => database(() => transaction.findMerged(...given)),
    commit: () => database(() => transaction.commit()),
    rollback: () => database(() => transaction.rollback()),
  }
}
