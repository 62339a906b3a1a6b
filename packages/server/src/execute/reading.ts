import type { Dataset } from '@stockdb/contract'
import type { FrameChunk, FrameSource } from '@stockdb/contract/wire'
import type { Engine, Snapshot } from '../engine/engine.ts'

/**
 * Opens what an answer is read from, and makes the answer: one state of the database where `datasets` are named, as several
 * statements read them; else the engine itself, whose one statement sees one state anyway. It is given back when the answer
 * has ended or failed.
 *
 * The maker of the answer holds a connection meanwhile, so it must wait for nothing that others hold: no second
 * connection, no place among the heavy calls, no trading days that have yet to be read.
 */
export async function readAtOnce(
  engine: Engine,
  datasets: readonly Dataset[] | undefined,
  signal: AbortSignal,
  make: (reading: Snapshot) => Promise<FrameSource>,
): Promise<FrameSource> {
  if (!datasets) return make(onlyStatement(engine))
  const snapshot = await engine.snapshot(datasets, signal)
  try {
    const { header, chunks } = await make(snapshot)
    return { header, chunks: endedWith(chunks, snapshot) }
  } catch (error) {
    snapshot.end()
    throw error
  }
}

/** For an answer of one statement: nothing is opened. */
function onlyStatement(engine: Engine): Snapshot {
  const read: Snapshot['read'] = (query, signal) => engine.read(query, signal)
  return { read, readLast: read, end: () => {} }
}

/** The same chunks. The snapshot ends when they are given up, also where none was asked for: a generator that never began does not notice. */
function endedWith(chunks: AsyncIterable<FrameChunk>, snapshot: Snapshot): AsyncIterable<FrameChunk> {
  return {
    [Symbol.asyncIterator]: () => {
      const inner = chunks[Symbol.asyncIterator]()
      return {
        next: () => inner.next(),
        return: async () => {
          await inner.return?.()
          snapshot.end()
          return { done: true, value: undefined }
        },
      }
    },
  }
}
