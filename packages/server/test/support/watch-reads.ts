import type { Engine } from '@stockdb/server'
import type { ReadQuery } from '../../src/engine/engine.ts'

/** Reports every read of an engine until the returned function is called. */
export function watchReads(engine: Engine, see: (query: ReadQuery) => void): () => void {
  const { read, snapshot } = engine
  const watched =
    (inner: Engine['read']): Engine['read'] =>
    (query, signal) => {
      see(query)
      return inner(query, signal)
    }
  engine.read = watched(read.bind(engine))
  engine.snapshot = async (datasets, signal) => {
    const opened = await snapshot.call(engine, datasets, signal)
    return {
      read: watched(opened.read.bind(opened)),
      readLast: watched(opened.readLast.bind(opened)),
      end: () => opened.end(),
    }
  }
  return () => Object.assign(engine, { read, snapshot })
}
