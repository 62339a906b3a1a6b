import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StockdbError } from '../../../src/errors.ts'
import { ArrowFrameEncoder } from '../../../src/frame/arrow/encode/frame.ts'
import type { Batch, FrameHeader } from '../../../src/frame/batch.ts'
import { WIRE_VERSION, WIRE_VERSION_KEY } from '../../../src/wire.ts'
import { decoded, plainColumns } from '../decoded.ts'
import { anyFrame, encoded, joined, type WholeFrame } from '../random-frame.ts'

/** Cuts bytes at random places, empty chunks included. */
const anyChunks = (bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> =>
  fc.array(fc.nat(bytes.length), { maxLength: 40 }).map((cuts) => {
    const places = [0, ...cuts.sort((a, b) => a - b), bytes.length]
    return places.slice(1).map((end, index) => bytes.subarray(places[index], end))
  })

const header: FrameHeader = {
  fields: [
    { name: 'ts_code', type: 'symbol', nullable: false },
    { name: 'trade_date', type: 'date', nullable: false },
    { name: 'close', type: 'float64', nullable: true, unit: 'CNY' },
    { name: 'note', type: 'text', nullable: true },
    { name: 'open', type: 'bool', nullable: true },
  ],
  meta: { dataset: 'daily', symbol: 'ts_code', date: 'trade_date', arguments: {} },
}

const batchOf = (first: number, dictionary: string[]): Batch => ({
  numRows: 2,
  vectors: [
    { type: 'symbol', values: Int32Array.of(0, dictionary.length - 1), dictionary, validity: undefined, nullCount: 0 },
    { type: 'date', values: Int32Array.of(first, first + 1), validity: undefined, nullCount: 0 },
    { type: 'float64', values: Float64Array.of(10.5, Number.NaN), validity: Uint8Array.of(0b01), nullCount: 1 },
    { type: 'text', values: ['平安', null], validity: Uint8Array.of(0b01), nullCount: 1 },
    { type: 'bool', values: Uint8Array.of(1, 0), validity: undefined, nullCount: 0 },
  ],
})

const small: WholeFrame = {
  header,
  batches: [batchOf(19_000, ['600519.SH']), batchOf(19_002, ['600519.SH', '000001.SZ'])],
  trailer: { rows: 4, complete: true },
}

const bytes = joined(encoded(small))

/** Whether a client would accept the bytes as a complete answer: with its end marker, and the row count of its trailer. */
const looksWhole = (chunks: readonly Uint8Array[]): boolean => isWhole(decoded(chunks))

const isWhole = (read: ReturnType<typeof decoded> | StockdbError): boolean =>
  !(read instanceof StockdbError) && read.ended && read.trailer?.rows === rowsOf(read)

const rowsOf = ({ batches }: { readonly batches: readonly Batch[] }): number =>
  batches.reduce((rows, { numRows }) => rows + numRows, 0)

describe('a frame that was encoded', () => {
  it('decodes to the same values, bit for bit, for all types and any chunking', () => {
    fc.assert(
      fc.property(
        anyFrame.chain((frame) => fc.tuple(fc.constant(frame), anyChunks(joined(encoded(frame))))),
        ([frame, chunks]) => {
          const back = decoded(chunks)
          expect(back.header).toEqual(frame.header)
          expect(back.trailer).toEqual(frame.trailer)
          expect(back.ended).toBe(true)
          expect(back.batches.map(({ numRows }) => numRows)).toEqual(frame.batches.map(({ numRows }) => numRows))
          // toEqual distinguishes −0 from 0, and treats NaN as equal to itself.
          expect(plainColumns(back.batches)).toEqual(plainColumns(frame.batches))
          expect(nullCounts(back.batches)).toEqual(nullCounts(frame.batches))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('keeps the bits of every double, including NaN payloads', () => {
    fc.assert(
      fc.property(fc.bigUint64Array({ minLength: 1, maxLength: 50 }), (bits) => {
        const batch: Batch = {
          numRows: bits.length,
          vectors: [{ type: 'float64', values: new Float64Array(bits.buffer), validity: undefined, nullCount: 0 }],
        }
        const field = { name: 'x', type: 'float64', nullable: false } as const
        const frame = {
          header: { ...header, fields: [field] },
          batches: [batch],
          trailer: { rows: bits.length, complete: true },
        }
        const values = decoded(encoded(frame)).batches[0]?.vectors[0]?.values as Float64Array
        expect(new BigUint64Array(values.slice().buffer)).toEqual(bits)
      }),
    )
  })

  it('is decoded to views, without copying', () => {
    const vectors = decoded([bytes]).batches[0]?.vectors
    const [dates, closes] = [vectors?.[1]?.values as Int32Array, vectors?.[2]?.values as Float64Array]
    expect(dates.buffer).toBe(closes.buffer)
  })

  const nullCounts = (batches: readonly Batch[]): number[][] =>
    batches.map(({ vectors }) => vectors.map(({ nullCount }) => nullCount))
})

describe('a stream that is cut off', () => {
  it('is never taken for complete, at any byte', () => {
    expect(looksWhole([bytes])).toBe(true)
    for (let length = 0; length < bytes.length; length++) {
      expect(looksWhole([bytes.subarray(0, length)]), `after ${length} of ${bytes.length} bytes`).toBe(false)
    }
  })

  it('is never taken for complete when any one message is missing', () => {
    const parts = encoded(small)
    parts.forEach((part, missing) => {
      if (part.length === 0) return
      const rest = parts.filter((_, index) => index !== missing)
      let whole = false
      try {
        whole = looksWhole(rest)
      } catch (error) {
        expect(error).toBeInstanceOf(StockdbError)
      }
      expect(whole, `without part ${missing}`).toBe(false)
    })
  })

  it('is refused if bytes follow its end', () => {
    expect(() => decoded([bytes, Uint8Array.of(0)])).toThrow(/has bytes after its end/)
    expect(() => decoded([joined([bytes, bytes])])).toThrow(StockdbError)
  })
})

describe('a stream of other bytes', () => {
  /** What a client makes of it: a StockdbError, or a frame. */
  function read(stream: Uint8Array): ReturnType<typeof decoded> | StockdbError {
    try {
      return decoded([stream])
    } catch (error) {
      expect(error).toBeInstanceOf(StockdbError)
      return error as StockdbError
    }
  }

  it('with any one byte changed is never taken for complete', () => {
    for (let place = 0; place < bytes.length; place++) {
      for (const flip of [0x01, 0x80, 0xff, 0x10]) {
        const harmed = bytes.slice()
        harmed[place] = (harmed[place] ?? 0) ^ flip
        expect(isWhole(read(harmed)), `byte ${place} ^ ${flip}`).toBe(false)
      }
    }
  })

  it('with two bytes or two batches swapped is never taken for complete', () => {
    for (let place = 8; place < bytes.length; place++) {
      for (const distance of [1, 4, 8, 32]) {
        const harmed = bytes.slice()
        const [one, other] = [harmed[place - distance] ?? 0, harmed[place] ?? 0]
        if (one === other) continue
        harmed[place - distance] = other
        harmed[place] = one
        expect(isWhole(read(harmed)), `byte ${place} for ${place - distance}`).toBe(false)
      }
    }
  })

  it('changed at many random places is never taken for complete', () => {
    const harms = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(harms, (places) => {
        const harmed = bytes.slice()
        for (const [place, value] of places) harmed[place] = value
        const changed = harmed.some((byte, place) => byte !== bytes[place])
        expect(isWhole(read(harmed))).toBe(!changed)
      }),
      { numRuns: 3_000 },
    )
  })

  it.each<[string, Uint8Array]>([
    ['nothing but zeros', new Uint8Array(1_000)],
    ['a page of HTML', new TextEncoder().encode(`<!doctype html>${'<p>502 Bad Gateway</p>'.repeat(100)}`)],
    ['a message with an impossible metadata size', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127)],
    ['a message of negative length', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255)],
    ['metadata of zeros', Uint8Array.of(255, 255, 255, 255, 16, 0, 0, 0, ...new Uint8Array(16))],
    ['metadata of ones', Uint8Array.of(255, 255, 255, 255, 16, 0, 0, 0, ...new Uint8Array(16).fill(255))],
    ['metadata of one byte', Uint8Array.of(255, 255, 255, 255, 1, 0, 0, 0, 7)],
  ])('is refused: %s', (_, stream) => {
    expect(() => decoded([stream])).toThrow(StockdbError)
  })

  it('is refused if a batch precedes the schema, or lacks columns', () => {
    const [, ...rest] = encoded(small)
    expect(() => decoded(rest)).toThrow(/a batch precedes the schema/)
    const [wider] = encoded({ ...small, header: { ...header, fields: [...header.fields, ...header.fields] } })
    expect(() => decoded([wider as Uint8Array, ...rest])).toThrow(/its bytes were corrupted/)
  })
})

describe('an aborted answer', () => {
  const body = {
    code: 'DATABASE_INTERRUPTED',
    message: 'the database aborted the query 断',
    requestId: 'r-7',
  } as const

  it('throws the error at its end, with code, message and request id', () => {
    const encoder = new ArrowFrameEncoder(header)
    const stream = [...encoder.chunk({ batch: batchOf(19_000, ['600519.SH']) }), ...encoder.error(body)]
    expect(() => decoded(stream)).toThrow(expect.objectContaining(body))
  })

  it('throws it even if nothing came before', () => {
    expect(() => decoded(new ArrowFrameEncoder(header).error(body))).toThrow(expect.objectContaining(body))
  })

  it('is an INTERNAL error if its code is unknown', () => {
    const error = new ArrowFrameEncoder(header).error({ code: 'toString' as never, message: 'odd' })
    expect(() => decoded(error)).toThrow(expect.objectContaining({ code: 'INTERNAL' }))
  })
})

describe('a stream of another wire version', () => {
  const key = new TextEncoder().encode(WIRE_VERSION_KEY)
  const keyAt = bytes.findIndex((_, start) => key.every((byte, index) => bytes[start + index] === byte))

  it('is refused, naming both versions', () => {
    // FlatBuffers writes backwards: the value, a digit of length one, is behind its key or shortly before it.
    const stream = bytes.slice()
    const digit = String(WIRE_VERSION).charCodeAt(0)
    const near = [...stream.keys()].filter((place) => stream[place] === digit && stream[place - 4] === 1)
    const value = near.toSorted((a, b) => Math.abs(a - keyAt) - Math.abs(b - keyAt))[0] as number
    stream[value] = '9'.charCodeAt(0)
    expect(() => decoded([stream])).toThrow(
      expect.objectContaining({ code: 'WIRE_MISMATCH', message: expect.stringContaining('wire version 9') }),
    )
  })

  it('is refused without a version, as other Arrow writers make it', () => {
    const stream = bytes.slice()
    stream[keyAt] = 'x'.charCodeAt(0)
    expect(() => decoded([stream])).toThrow(/wire version unknown/)
  })
})
