import { ArrowFrameEncoder } from '@stockdb/contract/wire'
import type { FrameParts } from './columns-to-batch.ts'

/** Writes a frame as a complete Arrow IPC stream. */
export function ipcStream({ header, batches, trailer }: FrameParts): Uint8Array {
  const encoder = new ArrowFrameEncoder(header)
  const last = batches.length - 1
  return concatenated(batches.flatMap((batch, index) => encoder.chunk(index === last ? { batch, trailer } : { batch })))
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
