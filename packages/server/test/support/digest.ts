import { createHash } from 'node:crypto'

/** A frame of any dataset. */
interface AnyFrame {
  readonly numRows: number
  readonly columns: object
  readonly meta: object
}

/** Excludes when expectations were read, which differs between runs; a call's `asOf` is among the arguments. */
const times = new Set(['asOf', 'calendarAsOf'])

/** A hash of everything in a frame, down to the bits of its doubles; equal only for equal frames. */
export function digestOf({ numRows, columns, meta }: AnyFrame): string {
  const said = JSON.stringify([numRows, meta], (name, value) => (times.has(name) ? undefined : value))
  const hash = createHash('sha256').update(said)
  for (const [name, values] of Object.entries(columns)) {
    hash.update(name)
    hash.update(
      ArrayBuffer.isView(values)
        ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
        : JSON.stringify(values),
    )
  }
  return `${numRows} rows ${hash.digest('hex')}`
}
