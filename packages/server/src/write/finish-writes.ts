import type { UpsertResult } from '@stockdb/contract/wire'
import type { Dialect } from '../engine/dialect.ts'
import type { WriteTransaction } from '../engine/engine.ts'
import { type ChangeRecord, recordChanges } from '../engine/record-change.ts'
import { settleKeys, type WriteKey } from './idempotency.ts'

/** A write whose rows are in its transaction, but not its number. */
export interface WrittenRows {
  readonly key: WriteKey | undefined
  readonly record: ChangeRecord
  readonly digest: string
  readonly triggers: readonly string[]
}

/** The last things in a transaction before its commit: the numbers of its writes, their records, and the outcomes under their keys. */
export async function finishWrites(
  dialect: Dialect,
  transaction: WriteTransaction,
  writes: readonly WrittenRows[],
): Promise<UpsertResult[]> {
  const records = writes.map(({ record }) => record)
  const sequences = await recordChanges(dialect, transaction, records)
  const results = writes.map(({ record: { inserted, changed, unchanged }, triggers }, at) => ({
    ...{ inserted, changed, unchanged, sequence: sequences[at] as number },
    ...(triggers.length > 0 ? { triggers } : {}),
  }))
  const settled = writes.flatMap(({ key, digest, record: { at: writtenAt } }, at) =>
    key ? [{ key, digest, result: results[at], at: writtenAt }] : [],
  )
  await settleKeys(transaction, settled)
  return results
}
