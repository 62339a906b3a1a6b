import type { FrameChunk, FrameSource } from '@stockdb/contract/wire'
import type { AdHocAnswer } from '../engine/ad-hoc.ts'
import { BatchBuilder } from '../engine/batch-builder.ts'
import { ownQueryHeader } from './own-query-header.ts'

/** The answer to a statement as a frame. */
export function executeSql(answer: AdHocAnswer): FrameSource {
  const fields = answer.columns.map(({ name, type, nullable }) => ({ name, type, nullable }))
  return { header: ownQueryHeader('sql', fields), chunks: chunks(answer) }
}

async function* chunks({ columns, rows }: AdHocAnswer): AsyncGenerator<FrameChunk> {
  const builder = new BatchBuilder(columns)
  for (const row of rows) {
    builder.push(row)
    if (builder.full) yield { batch: builder.take() }
  }
  yield { batch: builder.take(), trailer: { rows: rows.length, complete: true } }
}
