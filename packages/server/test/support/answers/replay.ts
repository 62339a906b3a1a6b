import type { Batch, Vector } from '@stockdb/contract/wire'
import { BatchBuilder } from '../../../src/engine/batch-builder.ts'
import { singlesOf } from '../../../src/engine/mysql/singles.ts'
import { AnswerReader } from '../../../src/engine/mysql/wire/answer-reader.ts'
import { BinaryRows, planRows } from '../../../src/engine/mysql/wire/binary-rows.ts'
import { TextRows } from '../../../src/engine/mysql/wire/text-rows.ts'
import type { AnswerCase } from './cases.ts'
import type { Recording } from './recordings.ts'

/** How an answer ended: its rows, or the number of its error, or neither if bytes are missing. */
export interface Replayed {
  readonly rows?: readonly (readonly unknown[])[]
  readonly errno?: number
}

/** Reads an answer from pieces of its bytes. With `onePerTurn` it stops after each row, as if that filled a batch. */
export function replay(of: AnswerCase, recording: Recording, pieces: Iterable<Buffer>, onePerTurn = false): Replayed {
  const { columns } = of
  const builder = new BatchBuilder(columns)
  let replayed: Replayed = {}
  let rows = 0
  const reader = new AnswerReader(
    recording,
    columns.length,
    { bytes: Buffer.alloc(0), definitions: [] },
    {
      rowsOf(definitions) {
        builder.singles = singlesOf(definitions)
        const inner = recording.binary
          ? new BinaryRows(planRows(definitions, columns), builder)
          : new TextRows(definitions, columns, builder)
        if (!onePerTurn) return inner
        return {
          get full() {
            return rows > 0
          },
          read(...row) {
            inner.read(...row)
            rows++
          },
        }
      },
      ended() {
        replayed = { rows: rowsOf(builder.take()) }
      },
      refused(packet) {
        replayed = { errno: packet.readUInt16LE(1) }
      },
    },
  )
  for (const piece of pieces) {
    // Other bytes are in the same memory as soon as it has returned.
    const lent = Buffer.from(piece)
    reader.feed(lent)
    lent.fill(0xaa)
    while (reader.paused) {
      rows = 0
      reader.resume()
    }
  }
  return replayed
}

function rowsOf({ numRows, vectors }: Batch): unknown[][] {
  return Array.from({ length: numRows }, (_, row) => vectors.map((vector) => valueAt(vector, row)))
}

function valueAt(vector: Vector, row: number): unknown {
  const { validity } = vector
  if (validity && !((validity[row >> 3] as number) & (1 << (row & 7)))) return null
  return vector.type === 'symbol' ? vector.dictionary[vector.values[row] as number] : vector.values[row]
}
