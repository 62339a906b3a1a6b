import type { FramePiece, FrameSource } from '@stockdb/contract'
import type { Engine } from '../engine/engine.ts'
import type { TreeQuery } from '../query/tree/compile-tree.ts'

/** Answers a query of a caller's own, batch by batch. */
export function answerQuery(engine: Engine, { query, fields }: TreeQuery, signal: AbortSignal): FrameSource {
  const symbol = fields.find(({ type }) => type === 'symbol')?.name
  const date = fields.find(({ type }) => type === 'date' || type === 'datetime')?.name
  const meta = {
    dataset: 'query',
    ...(symbol === undefined ? {} : { symbol }),
    ...(date === undefined ? {} : { date }),
    arguments: {},
  }
  return { head: { fields, meta }, pieces: pieces(engine, query, signal) }
}

async function* pieces(engine: Engine, query: TreeQuery['query'], signal: AbortSignal): AsyncGenerator<FramePiece> {
  let rows = 0
  for await (const { batch, last } of engine.read(query, signal)) {
    rows += batch.numRows
    yield last ? { batch, tail: { rows, complete: true } } : { batch }
  }
}
