import type { FrameChunk, FrameSource } from '@stockdb/contract/wire'
import type { AdHocAnswer } from '../engine/ad-hoc.ts'
import { BatchBuilder } from '../engine/batch-builder.ts'

/** The answer to a statement as a frame. */
export function executeSql(answer: AdHocAnswer): FrameSource {
  const { columns } = answer
  const symbol = columns.find(({ type }) => type === 'symbol')?.name
  const date = columns.find(({ type }) => type === 'date' || type === 'datetime')?.name
  const meta = {
    dataset: 'sql',
    ...(symbol === undefined ? {} : { symbol }),
    ...(date === undefined ? {} : { date }),
    arguments: {},
  }
  const fields = columns.map(({ name, type, nullable }) => ({ name, type, nullable }))
  return { header: { fields, meta }, chunks: chunks(answer) }
}

async function* chunks({ columns, rows }: AdHocAnswer): AsyncGenerator<FrameChunk> {
  const builder = new BatchBuilder(columns)
  for (const row of rows) {
    builder.push(row)
    if (builder.full) yield { batch: builder.take() }
  }
  yield { batch: builder.take(), trailer: { rows: rows.length, complete: true } }
}
