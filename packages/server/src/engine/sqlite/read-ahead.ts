import type { Batch, Vector } from '@stockdb/contract/wire'
import type { ReadBatch } from '../engine.ts'

/** Maximum bytes that one read buffers for its consumer. */
const READ_AHEAD_BYTES = 32 * 2 ** 20

/**
 * Reads ahead of the consumer, up to 32 MB. For files with a rollback journal, where reads block writes and the
 * consumer may be slow. The signal of `read` fires when the consumer stops.
 */
export async function* readAhead(
  read: (signal: AbortSignal) => AsyncIterable<ReadBatch>,
  signal: AbortSignal,
): AsyncGenerator<ReadBatch> {
  const left = new AbortController()
  const ready: { readonly batch: ReadBatch; readonly bytes: number }[] = []
  let bytes = 0
  let ended = false
  let failure: { readonly error: unknown } | undefined
  // Resolved and replaced whenever the state above changes.
  let change = Promise.withResolvers<void>()
  const changed = (): void => {
    change.resolve()
    change = Promise.withResolvers<void>()
  }
  const reading = (async () => {
    try {
      for await (const next of read(AbortSignal.any([signal, left.signal]))) {
        // The source reuses the memory of its batch.
        const batch = { ...next, batch: copyOf(next.batch) }
        ready.push({ batch, bytes: bytesOf(batch.batch) })
        bytes += bytesOf(batch.batch)
        changed()
        while (bytes > READ_AHEAD_BYTES && !left.signal.aborted) await change.promise
      }
    } catch (error) {
      failure = { error }
    }
    ended = true
    changed()
  })()
  try {
    while (true) {
      const next = ready.shift()
      if (next) {
        bytes -= next.bytes
        changed()
        yield next.batch
      } else if (failure) throw failure.error
      else if (ended) return
      else await change.promise
    }
  } finally {
    left.abort()
    changed()
    await reading
  }
}

function copyOf({ numRows, vectors }: Batch): Batch {
  return { numRows, vectors: vectors.map(copyOfVector) }
}

function copyOfVector(vector: Vector): Vector {
  const validity = vector.validity?.slice()
  const values = vector.values.slice()
  // The dictionary grows while the source continues.
  if (vector.type === 'symbol') return { ...vector, values, validity, dictionary: vector.dictionary.slice() } as Vector
  return { ...vector, values, validity } as Vector
}

function bytesOf({ vectors }: Batch): number {
  let bytes = 0
  for (const { type, values } of vectors) {
    if (type === 'text') for (const text of values) bytes += 16 + (text?.length ?? 0) * 2
    else bytes += values.byteLength
  }
  return bytes
}
