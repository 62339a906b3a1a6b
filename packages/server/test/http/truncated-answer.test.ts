import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from '@stockdb/client'
import { tushare } from '@stockdb/contract'
import { ARROW_STREAM } from '@stockdb/contract/wire'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outcomeOf } from '../support/failure.ts'
import { randomFrom } from '../support/random.ts'
import { type Served, serve } from '../support/serve.ts'
import { type Store, sqliteMaker } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

const ROWS = 70_000

/**
 * A proxy that drops the end of an answer and closes it normally, as one with a size limit does. HTTP shows no error
 * then; only the answer's end marker and row count do.
 */
describe('invariant 2: an answer that ends too early, but cleanly', () => {
  let store: Store
  let served: Served<typeof tushare>
  let whole: Buffer
  let between: Server
  let url: string
  let answer: Buffer
  let withLength = false

  beforeAll(async () => {
    store = await sqliteMaker.open()
    served = await serve(store.address)
    const rows = Array.from({ length: ROWS }, (_, index) => [
      `S${index % 7}`,
      new Date(index * 86_400_000).toISOString().slice(0, 10),
      index,
    ])
    await writeRows(served.server.engine, tushare.adj_factor, rows)
    const response = await fetch(`${served.server.url}/trpc/adj_factor.range?input={}`, {
      headers: { accept: ARROW_STREAM },
    })
    whole = Buffer.from(await response.arrayBuffer())
    between = createServer(async (req, res) => {
      if (!req.url?.includes('adj_factor')) {
        const passed = await fetch(`${served.server.url}${req.url}`)
        res.setHeader('content-type', 'application/json').end(await passed.text())
        return
      }
      res.setHeader('content-type', ARROW_STREAM)
      if (withLength) res.setHeader('content-length', answer.length)
      else res.flushHeaders()
      res.end(answer)
    }).listen(0, '127.0.0.1')
    await once(between, 'listening')
    url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    between?.closeAllConnections()
    between?.close()
    await served?.close()
    await store?.drop()
  })

  /** Ends of all messages in the stream: a cut there leaves no partial message. */
  function messageEnds(): number[] {
    const ends: number[] = []
    for (let at = whole.indexOf(Buffer.from([255, 255, 255, 255])); at >= 0; ) {
      ends.push(at)
      at = whole.indexOf(Buffer.from([255, 255, 255, 255]), at + 4)
    }
    return ends
  }

  it.each([false, true])('is an error at every byte (with Content-Length: %s)', async (told) => {
    withLength = told
    const db = await connect(url, { retries: 0 })
    answer = whole
    expect((await db.adj_factor.range()).numRows).toBe(ROWS)
    const random = randomFrom(5)
    const places = [
      0,
      1,
      8,
      whole.length - 1,
      whole.length - 7,
      ...messageEnds(),
      ...Array.from({ length: 40 }, () => Math.floor(random() * whole.length)),
    ]
    for (const place of places) {
      answer = whole.subarray(0, place)
      for (const read of [
        () => db.adj_factor.range(),
        async () => {
          let numRows = 0
          for await (const batch of db.adj_factor.stream()) numRows += batch.numRows
          return { numRows }
        },
      ]) {
        const { result, error } = await outcomeOf<{ numRows: number }>(read())
        expect(result?.numRows, `cut after ${place} of ${whole.length} bytes`).toBeUndefined()
        expect(error?.code).toBe('INCOMPLETE_ANSWER')
      }
    }
  })

  it('is an error with bytes after its end, or a part missing in the middle', async () => {
    withLength = false
    const db = await connect(url, { retries: 0 })
    const [, , second = 0, third = 0] = messageEnds().filter((end) => end > 2_000 || end === 0)
    for (const spoilt of [
      Buffer.concat([whole, Buffer.from('more')]),
      Buffer.concat([whole, whole]),
      Buffer.concat([whole.subarray(0, second), whole.subarray(third)]),
      Buffer.concat([whole.subarray(0, 64), whole.subarray(72)]),
      Buffer.from('<html>not an answer at all, but long enough to be read</html>'),
    ]) {
      answer = spoilt
      expect((await outcomeOf(db.adj_factor.range())).error?.code).toBe('INCOMPLETE_ANSWER')
    }
  })
})
