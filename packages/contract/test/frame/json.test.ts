import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Batch, FrameChunk, FrameHeader, FrameSource } from '../../src/frame/batch.ts'
import { collectJson, type JsonLimits } from '../../src/frame/json.ts'
import { plainColumns } from './decoded.ts'
import { anyFrame, type WholeFrame } from './random-frame.ts'

const header: FrameHeader = {
  fields: [
    { name: 'ts_code', type: 'symbol', nullable: false },
    { name: 'close', type: 'float64', nullable: true },
    { name: 'shares', type: 'int64', nullable: true },
    { name: 'trade_date', type: 'date', nullable: true },
  ],
  meta: { dataset: 'daily', symbol: 'ts_code', arguments: {} },
}

const batch: Batch = {
  numRows: 3,
  vectors: [
    { type: 'symbol', values: Int32Array.of(0, 1, 0), dictionary: ['A', 'B'], validity: undefined, nullCount: 0 },
    { type: 'float64', values: Float64Array.of(1.5, Number.NaN, -0), validity: Uint8Array.of(0b101), nullCount: 1 },
    { type: 'int64', values: BigInt64Array.of(2n ** 53n + 1n, -1n, 0n), validity: Uint8Array.of(0b011), nullCount: 1 },
    { type: 'date', values: Int32Array.of(0, 0, 19_724), validity: Uint8Array.of(0b101), nullCount: 1 },
  ],
}

/** Yields the chunks and records how many were consumed. */
function sourceOf(chunks: readonly FrameChunk[], taken: { count: number } = { count: 0 }): FrameSource {
  return {
    header,
    chunks: (async function* () {
      for (const chunk of chunks) {
        taken.count++
        yield chunk
      }
    })(),
  }
}

const upTo = (maxRows: number, maxValues = 100_000): JsonLimits => ({ maxRows, maxValues })

describe('collectJson', () => {
  it('returns rows: nulls as null, int64 as text, dates as YYYY-MM-DD', async () => {
    const frame = await collectJson(sourceOf([{ batch, trailer: { rows: 3, complete: true } }]), upTo(3))
    expect(frame).toEqual({
      fields: ['ts_code', 'close', 'shares', 'trade_date'],
      items: [
        ['A', 1.5, '9007199254740993', '1970-01-01'],
        ['B', null, '-1', null],
        ['A', -0, null, '2024-01-02'],
      ],
      meta: { dataset: 'daily', symbol: 'ts_code', arguments: {}, rows: 3, complete: true },
    })
  })

  it('survives JSON, except for −0 and non-finite numbers', async () => {
    const through = async ({ header, batches, trailer }: WholeFrame): Promise<void> => {
      const chunks = batches.map((batch, index) => (index === batches.length - 1 ? { batch, trailer } : { batch }))
      const { items } = await collectJson({ ...sourceOf(chunks), header }, upTo(1_000))
      const back = JSON.parse(JSON.stringify(items)) as unknown[][]
      const columns = plainColumns(batches).map((column) =>
        column.map((value) => {
          if (typeof value === 'bigint') return String(value)
          return typeof value === 'number' && !Number.isFinite(value) ? null : value === 0 ? 0 : value
        }),
      )
      expect(back).toEqual(Array.from({ length: trailer.rows }, (_, row) => columns.map((column) => column[row])))
    }
    await fc.assert(fc.asyncProperty(anyFrame, through))
  })

  it('refuses more rows than the limit as soon as they arrive, and names the other format', async () => {
    const taken = { count: 0 }
    const chunks = [{ batch }, { batch }, { batch }, { batch, trailer: { rows: 12, complete: true } }]
    const collecting = collectJson(sourceOf(chunks, taken), upTo(5))
    await expect(collecting).rejects.toMatchObject({
      code: 'TOO_MANY_ROWS',
      message: expect.stringMatching(/more than 5 rows.*application\/vnd\.apache\.arrow\.stream/),
    })
    expect(taken.count).toBe(2)
  })

  it('refuses more values than the limit, whatever the rows, and reports the count of each batch', async () => {
    const counts: number[] = []
    const chunks = [{ batch }, { batch }, { batch, trailer: { rows: 9, complete: true } }]
    const collecting = collectJson(sourceOf(chunks), upTo(1_000, 30), (count) => counts.push(count))
    await expect(collecting).rejects.toMatchObject({
      code: 'TOO_MANY_ROWS',
      message: expect.stringMatching(/more than 30 values in its 4 fields.*fewer fields/),
    })
    expect(counts).toEqual([12, 12])
    expect((await collectJson(sourceOf(chunks), upTo(9, 36))).items).toHaveLength(9)
  })

  it('takes exactly as many rows as the limit', async () => {
    const chunks = [{ batch }, { batch, trailer: { rows: 6, complete: true } }]
    expect((await collectJson(sourceOf(chunks), upTo(6))).items).toHaveLength(6)
  })

  it('refuses an answer without its trailer', async () => {
    await expect(collectJson(sourceOf([{ batch }]), upTo(100))).rejects.toMatchObject({ code: 'INTERNAL' })
  })

  it('passes on the error that aborted the answer', async () => {
    const failure = new Error('the database aborted the query')
    const chunks = (async function* (): AsyncGenerator<FrameChunk> {
      yield { batch }
      throw failure
    })()
    await expect(collectJson({ header, chunks }, upTo(100))).rejects.toBe(failure)
  })
})
