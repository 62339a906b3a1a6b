import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tushare } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { root, type SampleServer, startSample } from './run-example.ts'

const folder = join(root, 'examples', 'strategies')
const files = (await readdir(folder)).filter((file) => file.endsWith('.ts'))
const names = files.map((file) => file.slice(0, -'.ts'.length))

/** What pandas finds in the same tables; made by scripts/strategy-goldens.py. */
const expected: Readonly<Record<string, readonly string[]>> = JSON.parse(
  await readFile(join(root, 'examples', 'test', 'strategies.json'), 'utf8'),
)

let server: SampleServer
beforeAll(async () => {
  server = await startSample()
  await fillMinutes(server)
  vi.stubEnv('STOCKDB_URL', server.url)
  vi.stubEnv('STOCKDB_TOKEN', undefined)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await server.close()
})

/** Twenty sessions of minute bars, which the sample market does not have; scripts/strategy-goldens.py makes the same. */
async function fillMinutes({ engine }: SampleServer): Promise<void> {
  const minutes = [...Array(240).keys()].map((at) => (at < 120 ? 9 * 60 + 31 + at : 13 * 60 + 1 + at - 120))
  const days = [
    '02',
    '03',
    '04',
    '05',
    '06',
    '09',
    '10',
    '11',
    '12',
    '13',
    '16',
    '17',
    '18',
    '19',
    '20',
    '23',
    '24',
    '25',
    '26',
    '27',
  ]
  let [state, cents] = [1, 10_000]
  const rows = days.flatMap((day) =>
    minutes.map((minute) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      cents += ((state >>> 24) % 21) - 10
      const [hour, rest] = [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0'))
      const price = cents / 100
      return ['002003.SYN', '1min', `2024-12-${day} ${hour}:${rest}:00`, price, price, price, price, 100, price * 100]
    }),
  )
  const transaction = await engine.begin(AbortSignal.timeout(30_000))
  await transaction.upsert(tushare.stk_mins, Object.keys(tushare.stk_mins.fields), rows)
  await transaction.commit()
}

describe('the strategies that a quant would write first', () => {
  it('are all expected', () => {
    expect(Object.keys(expected).sort()).toEqual([...names, 'real data'].sort())
  })

  it.each(names)('%s gives the figures of pandas', async (name) => {
    const lines: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
    try {
      await import(`../strategies/${name}.ts`)
    } finally {
      log.mockRestore()
    }
    expect(lines).toEqual(expected[name])
  })

  it.each(files)('%s has at most 25 lines', async (file) => {
    expect((await readFile(join(folder, file), 'utf8')).trimEnd().split('\n').length).toBeLessThanOrEqual(25)
  })
})
