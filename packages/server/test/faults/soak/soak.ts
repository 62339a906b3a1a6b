import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { connect } from '@stockdb/client'
import { type Caller, mixedCall } from './mixed-call.ts'

const measuredServer = fileURLToPath(new URL('../../fixtures/measured-server.ts', import.meta.url))
const CALLERS = 8
const SAMPLES = 60
const START_MS = 30_000
const SAMPLE_MS = 30_000

/** Memory of the server after a number of calls and a garbage collection, in bytes. */
export interface SoakSample {
  readonly calls: number
  readonly heapUsed: number
  /** Memory that V8 has reserved for its heap, used or not. */
  readonly heapTotal: number
  readonly rss: number
  readonly external: number
}

export interface Soaking {
  readonly warmUp: number
  readonly calls: number
  readonly call?: (caller: Caller, number: number) => Promise<void>
  readonly samples?: number
}

/**
 * Sends calls (by default mixed ones) to a server in a separate process, and samples its memory: after the warm-up, and
 * then at equal intervals until the last call. Throws if a call fails unexpectedly, or the server exits.
 */
export async function soak(
  address: string,
  { warmUp, calls, call: makeCall = mixedCall, samples: steps = SAMPLES }: Soaking,
): Promise<SoakSample[]> {
  const child = fork(measuredServer, [address], {
    // As set by `stockdb serve`, which would not pass its options on to this server.
    execArgv: [
      ...['--expose-gc', '--max-semi-space-size=4', '--no-allocation-site-pretenuring'],
      ...['--no-maglev', '--invocation-count-for-turbofan=200'],
    ],
    env: { ...process.env, MALLOC_MMAP_THRESHOLD_: '131072' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const said = async (ms: number): Promise<unknown> => {
    const [message] = await once(child, 'message', { signal: AbortSignal.timeout(ms) })
    return message
  }
  try {
    const { url } = (await said(START_MS)) as { url: string }
    const db = await connect(url)
    const { columns } = await db.stock_basic.list({ fields: [] })
    const caller = { url, db, symbols: [...columns.ts_code] }
    let next = 0
    const rush = async (until: number): Promise<void> => {
      const one = async (): Promise<void> => {
        while (next < until) {
          const call = next++
          await makeCall(caller, call).catch((cause: unknown) => {
            throw new Error(`call ${call}: ${cause}`, { cause })
          })
        }
      }
      await Promise.all(Array.from({ length: CALLERS }, one))
    }
    const samples: SoakSample[] = []
    for (let step = 0; step <= steps; step++) {
      await rush(warmUp + Math.round((calls * step) / steps))
      const answer = said(SAMPLE_MS)
      child.send('sample')
      const { heapUsed, heapTotal, rss, external } = (await answer) as NodeJS.MemoryUsage
      samples.push({ calls: next, heapUsed, heapTotal, rss, external })
    }
    return samples
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}
