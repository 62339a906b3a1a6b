import { createHash } from 'node:crypto'

/** A frame of any dataset, for whoever does not care which. */
interface AnyFrame {
  readonly numRows: number
  readonly columns: object
  readonly meta: object
}

/** One word for everything that a frame says, down to the bits of its doubles; equal only for equal frames. */
export function digestOf({ numRows, columns, meta }: AnyFrame): string {
  const hash = createHash('sha256').update(JSON.stringify([numRows, meta]))
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
