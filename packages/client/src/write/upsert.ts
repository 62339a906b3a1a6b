import type { UpsertResult } from '@stockdb/contract/wire'
import type { Caller } from '../caller.ts'
import { encodeRows } from './encode-rows.ts'
import { newKey } from './new-key.ts'
import type { UpsertOptions } from './write-client.ts'

/** Sends the rows of one upsert. */
export function upsert(
  caller: Caller,
  dataset: string,
  rows: unknown,
  { mode, idempotencyKey, ...options }: UpsertOptions = {},
): Promise<UpsertResult> {
  const iterable = isIterable(rows) || typeof rows === 'function'
  const open = (): AsyncIterable<unknown> | Iterable<unknown> => {
    if (typeof rows === 'function') return (rows as () => AsyncIterable<unknown>)()
    return isIterable(rows) ? rows : [rows]
  }
  return caller.write(
    {
      path: `${dataset}.upsert`,
      input: mode === undefined ? {} : { mode },
      rows: { open: () => encodeRows(dataset, open()), endless: iterable, replayable: !isIterable(rows) },
      key: idempotencyKey ?? newKey(),
    },
    options,
  )
}

/** Batches that can be gone through once. Arrow tables are iterable too, but not asynchronously. */
const isIterable = (rows: unknown): rows is AsyncIterable<unknown> =>
  typeof rows === 'object' && rows !== null && Symbol.asyncIterator in rows
