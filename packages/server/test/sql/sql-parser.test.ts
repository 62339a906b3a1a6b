import { afterEach, describe, expect, it } from 'vitest'
import type { ParserLimits } from '../../src/sql/parser-thread.ts'
import { SqlParser } from '../../src/sql/sql-parser.ts'

const REQUEST = { sql: 'select 1', dialect: 'mysql' } as const
const PATIENT: ParserLimits = { startMs: 60_000, cpuMs: 60_000, waitMs: 60_000 }

let parser: SqlParser
afterEach(() => parser.close())

/** A parser whose thread runs the given code. */
function parserOf(code: string, limits: Partial<ParserLimits> = {}): SqlParser {
  const file = new URL(
    `data:text/javascript,${encodeURIComponent(`import { parentPort } from 'node:worker_threads'\n${code}`)}`,
  )
  parser = new SqlParser({ file, limits: { ...PATIENT, ...limits } })
  return parser
}

const SLEEP = 'const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)\n'
const ANSWER = "parentPort.on('message', () => parentPort.postMessage({ tree: 'a tree' }))\n"
const READY = "parentPort.postMessage('ready')\n"

describe('the parser thread', () => {
  it('has a separate startup time', async () => {
    const slow = parserOf(`${SLEEP}sleep(1_000)\n${ANSWER}${READY}`, { cpuMs: 500, waitMs: 500 })
    expect(await slow.parse(REQUEST)).toBe('a tree')
  })

  it.each([
    ['starts too slowly', `${SLEEP}sleep(60_000)`],
    ['cannot start', "throw new Error('no memory')"],
    ['ends', 'process.exit(0)'],
    ['ends at a statement', `parentPort.on('message', () => process.exit(0))\n${READY}`],
  ])('does not permanently refuse a statement if it %s', async (_, code) => {
    const broken = parserOf(code, { startMs: 2_000 })
    await expect(broken.parse(REQUEST)).rejects.toMatchObject({ code: 'OVERLOADED' })
  })

  it('does not permanently refuse a statement if it gets no CPU time', async () => {
    const starved = parserOf(`${SLEEP}parentPort.on('message', () => sleep(60_000))\n${READY}`, { waitMs: 1 })
    await expect(starved.parse(REQUEST)).rejects.toMatchObject({ code: 'OVERLOADED' })
  })

  it('refuses a statement that takes too much CPU time, and accepts the next', async () => {
    parser = new SqlParser({ limits: { ...PATIENT, cpuMs: 300 } })
    // The parser tries each `case (` twice.
    const endless = { ...REQUEST, sql: `select ${'case ('.repeat(40)}1` }
    await expect(parser.parse(endless)).rejects.toMatchObject({ code: 'QUERY_REFUSED', message: /too deeply nested/ })
    expect(await parser.parse(REQUEST)).toMatchObject([{ Query: {} }])
  })
})
