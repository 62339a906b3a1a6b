import type { FieldTypeName } from '../../../field-types.ts'
import type { Vector } from '../../batch.ts'
import { isValid } from '../../batch.ts'
import { slots } from '../format.ts'
import { malformed } from './message.ts'
import type { Place, Table } from './table.ts'

/** Keeps a leading byte order mark: it is part of the value. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** Reads the columns of one record batch in turn. */
export class BodyReader {
  readonly #batch: Table
  readonly #body: Uint8Array
  #node = 0
  #buffer = 0

  constructor(batch: Table, body: Uint8Array) {
    this.#batch = batch
    this.#body = body
  }

  vector(type: FieldTypeName, dictionary: readonly string[] | undefined): Vector {
    if (type === 'text') {
      const [values, nulls] = this.texts()
      return { type, values, ...nulls }
    }
    const { length, validity, nullCount } = this.#nulls()
    const nulls = { validity, nullCount }
    const { start, length: byteLength } = this.#place()
    const { buffer } = this.#body
    const byteOffset = this.#body.byteOffset + start
    const need = (width: number): void => {
      if (byteLength < length * width) throw malformed('a column is shorter than its batch')
    }
    switch (type) {
      case 'float64':
        need(8)
        return { type, values: new Float64Array(buffer, byteOffset, length), validity, nullCount }
      case 'int64':
      case 'datetime':
        need(8)
        return { type, values: new BigInt64Array(buffer, byteOffset, length), ...nulls }
      case 'int32':
      case 'date':
        need(4)
        return { type, values: new Int32Array(buffer, byteOffset, length), ...nulls }
      case 'symbol':
        need(4)
        if (!dictionary) throw malformed('a column precedes its dictionary')
        return {
          type,
          values: checkedCodes(new Int32Array(buffer, byteOffset, length), dictionary, nulls),
          dictionary,
          ...nulls,
        }
      case 'bool': {
        need(1 / 8)
        const bytes = this.#body.subarray(start, start + byteLength)
        return {
          type,
          values: Uint8Array.from({ length }, (_, row) => ((bytes[row >> 3] ?? 0) >> (row & 7)) & 1),
          ...nulls,
        }
      }
    }
  }

  texts(): [(string | null)[], { validity: Uint8Array | undefined; nullCount: number }] {
    const { length, ...nulls } = this.#nulls()
    const offsetBytes = this.#bytes()
    const data = this.#bytes()
    if (length === 0) return [[], nulls]
    if (offsetBytes.length < (length + 1) * 4) throw malformed('a column is shorter than its batch')
    const offsets = new Int32Array(offsetBytes.buffer, offsetBytes.byteOffset, length + 1)
    const all = utf8.decode(data)
    // Decodes the whole column at once; if it is ASCII, byte offsets are text offsets.
    const ascii = all.length === data.length
    // A plain loop takes half as long as a callback for each text.
    const values: (string | null)[] = []
    let start = offsets[0] as number
    for (let row = 0; row < length; row++) {
      const end = offsets[row + 1] as number
      if (start < 0 || end < start || end > data.length) throw malformed('a text reaches beyond its column')
      const text = ascii ? all.slice(start, end) : utf8.decode(data.subarray(start, end))
      values.push(isValid(nulls, row) ? text : null)
      start = end
    }
    return [values, nulls]
  }

  #nulls(): { length: number; validity: Uint8Array | undefined; nullCount: number } {
    const [length, nullCount] = this.#batch.pair(slots.recordBatch.nodes, this.#node++)
    if (nullCount <= 0) {
      this.#place()
      return { length, nullCount, validity: undefined }
    }
    const validity = this.#bytes()
    if (validity.length * 8 < length) throw malformed('the nulls of a column are cut off')
    return { length, nullCount, validity }
  }

  #bytes(): Uint8Array {
    const { start, length } = this.#place()
    return this.#body.subarray(start, start + length)
  }

  /** Where the next buffer is. */
  #place(): Place {
    const [start, length] = this.#batch.pair(slots.recordBatch.buffers, this.#buffer++)
    if (start < 0 || length < 0 || start + length > this.#body.length)
      throw malformed('a buffer reaches beyond its message')
    return { start, length }
  }
}

/** The codes, checked against the dictionary. */
function checkedCodes(
  codes: Int32Array,
  dictionary: readonly string[],
  nulls: { validity: Uint8Array | undefined },
): Int32Array {
  for (let row = 0; row < codes.length; row++) {
    // As an unsigned number, a negative code is also too large.
    if ((codes[row] as number) >>> 0 >= dictionary.length && isValid(nulls, row))
      throw malformed(`a column has the code ${codes[row]}, but its dictionary has ${dictionary.length} texts`)
  }
  return codes
}
