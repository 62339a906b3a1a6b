import { type Tushare, tushare } from '@stockdb/contract'
import { ARROW_STREAM, type ErrorShape, EVENT_STREAM, isErrorCode } from '@stockdb/contract/wire'
import type { AnyTRPCRouter } from '@trpc/server'
import fc from 'fast-check'
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { createRouter } from '../../../src/api/router.ts'
import { sampleMarket } from '../../../src/ingest/sample-market/sample-market.ts'
import type { Tables } from '../../plan/tree/random-query.ts'
import { readCorpus } from '../../sql/corpus.ts'
import { engineOf } from '../../support/engines.ts'
import { LEAKED_PLACE, LEAKED_SQL } from '../../support/leaked-text.ts'
import { type Served, serve } from '../../support/serve.ts'
import { oneOfEachEngine, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'
import { callOfProcedure, type FuzzCall, type ProcedureUnderFuzz, treesOf } from './call-of-procedure.ts'

/** Total for all engines; `npm run fuzz` sends ten times as many. */
const CALLS = Math.ceil(Number(process.env.STOCKDB_FUZZ_CALLS ?? 2_000) / oneOfEachEngine.length)
/** The same calls every time by default; `npm run fuzz` takes a seed from the clock and prints it. */
const SEED = Number(process.env.STOCKDB_TEST_SEED ?? 20_240_102)
/** Procedures with more complex input. */
const WEIGHTS: Readonly<Record<string, number>> = { 'query.run': 10, screen: 10, 'sql.run': 4 }
const ANSWER_MS = 20_000
const END_OF_STREAM = Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])

/** Every procedure of a server with this catalogue; only names and inputs are used, the services are never called. */
function procedures(): ProcedureUnderFuzz[] {
  const { router }: { router: AnyTRPCRouter } = createRouter({ services: { catalogue: tushare } } as never)
  const all = Object.entries(
    router._def.procedures as Record<string, { _def: { type: string; inputs?: readonly z.ZodType[] } }>,
  )
  return all.map(([path, { _def }]) => ({ path, type: _def.type, inputs: _def.inputs ?? [] }))
}

interface Answer {
  readonly status: number
  /** `ok`, or the code of the error. */
  readonly outcome: string
}

const unquoted = (text: string): string => text.replaceAll(/[\\"]/g, '')

/** The whole body, or the beginning of a subscription. */
async function bodyOf(response: Response): Promise<Buffer> {
  if (response.headers.get('content-type') !== EVENT_STREAM) return Buffer.from(await response.arrayBuffer())
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (/^data: .*"at".*\n/m.test(text)) break
  }
  return Buffer.from(text)
}

/** The first events of a subscription, in the form of other answers. */
function outcomeOf(events: string): { result?: unknown; error?: ErrorShape } {
  const [, error] = /^event: serialized-error\ndata: (.*)$/m.exec(events) ?? []
  return error === undefined ? { result: events } : { error: JSON.parse(error) }
}

/** Sends a call and checks the response. */
async function send(url: string, { path, input, method, arrow }: FuzzCall): Promise<Answer> {
  const query = method === 'GET' && input !== '' ? `?input=${encodeURIComponent(input.toWellFormed())}` : ''
  const response = await fetch(`${url}/trpc/${path}${query}`, {
    method,
    headers: { accept: arrow ? ARROW_STREAM : 'application/json', 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: input } : {}),
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  const bytes = await bodyOf(response)
  const text = bytes.toString('latin1')
  for (const leak of path === 'sql.run' ? [LEAKED_PLACE] : [LEAKED_PLACE, LEAKED_SQL]) {
    const [leaked = ''] = leak.exec(text) ?? []
    // A message may show what the caller sent.
    if (!unquoted(input).includes(unquoted(leaked))) expect(leaked, text.slice(0, 2_000)).toBe('')
  }
  if (response.status === 200 && response.headers.get('content-type') === ARROW_STREAM) {
    expect(bytes.subarray(-8), 'the end of the stream').toEqual(END_OF_STREAM)
    return { status: 200, outcome: 'ok' }
  }
  const body =
    response.headers.get('content-type') === EVENT_STREAM ? outcomeOf(text) : JSON.parse(bytes.toString('utf8'))
  if (response.status === 200 && !body.error) {
    expect(body).toHaveProperty('result')
    return { status: 200, outcome: 'ok' }
  }
  const { code, requestId, httpStatus } = body.error.data
  expect(isErrorCode(code), code).toBe(true)
  expect(requestId).toBe(response.headers.get('x-request-id'))
  // The status of a subscription was sent before its input was looked at.
  if (response.status !== 200) expect(httpStatus).toBe(response.status)
  expect(body.error.message.length, body.error.message).toBeLessThan(20_000)
  return { status: httpStatus, outcome: code }
}

describe.each(oneOfEachEngine)('generated inputs for every procedure on $engine', ({ open }) => {
  let store: Store
  let served: Served<Tushare>
  const words = {
    symbols: [] as string[],
    dates: [] as string[],
    statements: ['hostile.txt', 'legitimate.txt'].flatMap((name) => readCorpus(name).map(({ statement }) => statement)),
  }

  beforeAll(async () => {
    store = await open()
    // Generated inputs use memory of this process, which must not cause refusals.
    served = await serve(store.address, {
      bounds: { sqlTimeoutMs: 1_000, maxMemoryBytes: 2 ** 34, killMemoryBytes: 2 ** 35 },
    })
    const market = sampleMarket({ symbols: 4, start: '2023-11-01', end: '2024-02-29' })
    for (const { dataset, rows } of market) await writeRows(served.server.engine, dataset, [...rows])
    const codes = market.find(({ dataset }) => dataset.name === 'stock_basic')?.rows ?? []
    words.symbols.push(...Array.from(codes, ([code]) => String(code)), '600519.SH')
    words.dates.push('2023-11-01', '2023-12-29', '2024-01-02', '20240131', '2024-02-29', '2023-09-30', '2024-02-10')
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it(`are answered or refused without leaking internals: ${CALLS} calls`, { timeout: 1_800_000 }, async () => {
    const { url } = served.server
    const trees = treesOf(served.db.query as unknown as Kysely<Tables>, engineOf(store.address), SEED)
    const around = { catalogue: tushare, words, trees }
    const all = procedures()
    const calls = fc.oneof(
      ...all.map((procedure) => ({
        weight: WEIGHTS[procedure.path] ?? 1,
        arbitrary: callOfProcedure(procedure, around),
      })),
    )
    const answered = new Map(all.map(({ path }) => [path, 0]))
    const outcomes = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(calls, async (call) => {
        const { status, outcome } = await send(url, call)
        // A caller's statement may be more than the server accepts.
        if (call.path !== 'sql.run' || outcome !== 'QUERY_TIMEOUT') expect(status, outcome).toBeLessThan(500)
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
        if (outcome === 'ok') answered.set(call.path, (answered.get(call.path) ?? 0) + 1)
      }),
      { numRuns: CALLS, seed: SEED },
    )
    const never = [...answered].filter(([, times]) => times === 0).map(([path]) => path)
    console.log(
      `${CALLS} calls of ${all.length} procedures, seed ${SEED}: ${[...outcomes].map(([code, times]) => `${times} ${code}`).join(', ')}; never answered: ${never.join(', ') || 'none'}`,
    )
    // Some calls must be valid.
    expect(outcomes.get('ok')).toBeGreaterThan(CALLS / 20)
    expect(({} as { limit?: unknown }).limit).toBeUndefined()
    expect(await served.db.ops.health()).toMatchObject({ status: 'ok' })
    expect(served.server.admission.calls).toBe(0)
    expect(served.server.admission.bytes).toBe(0)
  })
})
