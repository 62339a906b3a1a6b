import { connect as connectSocket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { CancelledError, type Client, InvalidInputError, type Tushare } from '@stockdb/client'

/** The sample market of the server. */
const DAYS = 900
const START = Date.parse('2021-01-01')
const dateAt = (day: number): string => new Date(START + (day % DAYS) * 86_400_000).toISOString().slice(0, 10)

export interface Caller {
  readonly url: string
  readonly db: Client<Tushare>
  readonly symbols: readonly string[]
}

/** Of 100 calls 74 small reads, the rest of every kind: bulk, disconnects, mistakes, malformed requests. */
export async function mixedCall({ url, db, symbols }: Caller, call: number): Promise<void> {
  const symbol = symbols[call % symbols.length] ?? ''
  const day = (call * 7) % (DAYS - 70)
  const point = () => db.daily.range({ symbols: [symbol], start: dateAt(day), end: dateAt(day + 63) })
  const kinds: readonly (() => Promise<unknown>)[] = [
    () => db.daily.range(),
    () => db.daily.at({ date: dateAt(day), lookback: true }),
    () => db.daily.latest({ symbols: [symbol], n: 20 }),
    () => db.daily.range({ symbols: [symbol], adjust: 'qfq', fields: ['close', 'pct_chg'] }),
    () => leave(db),
    () => abort(db, call % 23),
    () => refused(InvalidInputError, db.daily.range({ start: 'no date' })),
    () => ask(`${url}/trpc/daily.range`, { method: 'POST', body: '{"symbols": ', headers: JSON_TYPE }),
    () => ask(`${url}/trpc/nothing.${call}?input=%7B%7D`),
    () =>
      ask(
        `${url}/trpc/daily.at,calendar.next,daily.range?batch=1&input=${encodeURIComponent('{"0":{"date":"2021-03-01"}}')}`,
      ),
    () => vanish(url, symbol, call % 3),
    () => db.calendar.offset({ date: dateAt(day), n: 5 }),
    () => db.screen({ date: dateAt(day), where: { 'daily_basic.pe': { gt: 10 } }, limit: 20, lookback: true }),
    () => db.daily.panel({ start: dateAt(day), end: dateAt(day + 60), fields: ['close'] }),
    () => db.income.asOf({ date: dateAt(day), symbols: [symbol], unknownSymbols: 'ignore' }),
    () => db.instruments.search({ text: String(call % 10) }),
    () =>
      db.query.selectFrom('daily').select(['trade_date', 'close']).where('ts_code', '=', symbol).limit(30).execute(),
    () => db.trpc.daily.range.query({ symbols: [symbol], start: dateAt(day), end: dateAt(day + 5) }),
    () => db.meta.info(),
    () => db.ops.stats(),
    // A separate connection or process each time.
    () => (call % 1_000 < 100 ? db.sql('select ts_code, close from daily where ts_code = ?', [symbol]) : point()),
    () => ask(`${url}/healthz`),
    () => db.daily.range({ symbols: symbols.slice(0, 1 + (call % 40)), start: dateAt(day), end: dateAt(day + 2) }),
    () => db.daily.range({ symbols: [symbol], freq: 'week' }),
    () => db.stock_basic.list(),
    () => watch(db),
  ]
  await (kinds[call % 100] ?? point)()
}

const JSON_TYPE = { 'content-type': 'application/json' }

async function refused(kind: new (...args: never[]) => Error, call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (error instanceof kind) return
    throw error
  }
  throw new Error('a call that is wrong was answered')
}

/** Any status, except an internal error. */
async function ask(url: string, init: RequestInit = {}): Promise<void> {
  const response = await fetch(url, init)
  await response.arrayBuffer()
  if (response.status >= 500) throw new Error(`${url}: ${response.status}`)
}

/** Reads the first batch. */
async function leave(db: Client<Tushare>): Promise<void> {
  for await (const batch of db.daily.stream()) if (batch.numRows > 0) break
}

/** Takes one event of a subscription. */
async function watch(db: Client<Tushare>): Promise<void> {
  for await (const sample of db.ops.watch()) if (sample.rss > 0) break
}

/** Requests everything, and cancels a moment later. */
async function abort(db: Client<Tushare>, ms: number): Promise<void> {
  const controller = new AbortController()
  const call = db.daily.range({}, { signal: controller.signal })
  call.catch(() => {})
  await sleep(ms)
  controller.abort()
  try {
    await call
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error
  }
}

/** Sends a part of a request, or all of it, and disconnects. */
async function vanish(url: string, symbol: string, how: number): Promise<void> {
  const { hostname, port } = new URL(url)
  const input = encodeURIComponent(JSON.stringify({ symbols: [symbol] }))
  const request = `GET /trpc/daily.range?input=${input} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`
  await new Promise<void>((resolve, reject) => {
    const socket = connectSocket(Number(port), hostname, () => {
      socket.write(request.slice(0, how === 0 ? 30 : request.length))
      setTimeout(() => (how === 1 ? socket.resetAndDestroy() : socket.destroy()), how)
    })
    socket.on('close', () => resolve()).on('error', reject)
  })
}
