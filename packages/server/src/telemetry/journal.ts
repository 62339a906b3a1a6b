import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { isAlive } from '../engine/is-alive.ts'
import type { RunningCall } from './running-call.ts'
import { scrub } from './scrub.ts'

const HEARTBEAT_MS = 10_000
/** How many calls are named: the oldest, which are the most likely cause. */
const MAX_CALLS = 20
const MAX_TEXT = 4_000

const lifeForm = z.object({
  state: z.enum(['running', 'stopped', 'crashed', 'out of memory']),
  pid: z.number(),
  startedAt: z.string(),
  /** When the file was last written: by a heartbeat, or at the end. */
  at: z.string(),
  rssBytes: z.number(),
  heapUsedBytes: z.number(),
  calls: z.array(z.object({ requestId: z.string(), path: z.string(), caller: z.string(), ms: z.number() })),
  reason: z.string().optional(),
})

type Life = z.infer<typeof lifeForm>

/** What the journal says of a call. */
export type JournalCall = Pick<RunningCall, 'requestId' | 'path' | 'caller' | 'startedAt'>

/** How a server ended. */
export type End = Exclude<Life['state'], 'running'>

/**
 * A file in which a server records every ten seconds that it is alive and its size, and at the end how it ended. A
 * server that was killed leaves only the heartbeat, which the next one recognises.
 */
export class Journal {
  readonly #file: string
  readonly #running: () => readonly JournalCall[]
  readonly #startedAt = new Date().toISOString()
  #timer: NodeJS.Timeout | undefined

  constructor(file: string, running: () => readonly JournalCall[]) {
    this.#file = file
    this.#running = running
  }

  /** What the previous server left; `undefined` if there was none, or if it is still running. */
  before(): Life | undefined {
    let life: Life
    try {
      life = lifeForm.parse(JSON.parse(readFileSync(this.#file, 'utf8')))
    } catch {
      return undefined
    }
    return life.state === 'running' && life.pid !== process.pid && isAlive(life.pid) ? undefined : life
  }

  /** Throws when the file cannot be written. */
  begin(): void {
    this.#write('running')
    this.#timer = setInterval(() => {
      try {
        this.#write('running')
      } catch {
        // A full disk must not end the server; the file then keeps the time of the last write.
      }
    }, HEARTBEAT_MS)
    this.#timer.unref()
  }

  /** Writes the end synchronously and completely, or not at all. It never throws, because nothing runs after it. */
  end(how: End, reason?: string): void {
    clearInterval(this.#timer)
    try {
      this.#write(how, reason)
    } catch {
      // Nothing is left to handle it.
    }
  }

  calls(): Life['calls'] {
    const now = performance.now()
    return this.#running()
      .toSorted((a, b) => a.startedAt - b.startedAt)
      .slice(0, MAX_CALLS)
      .map(({ requestId, path, caller, startedAt }) => ({
        requestId,
        path: path.slice(0, 200),
        caller: caller.name,
        ms: Math.round(now - startedAt),
      }))
  }

  #write(state: Life['state'], reason?: string): void {
    const { rss, heapUsed } = process.memoryUsage()
    const life: Life = {
      state,
      pid: process.pid,
      startedAt: this.#startedAt,
      at: new Date().toISOString(),
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      calls: this.calls(),
      ...(reason === undefined ? {} : { reason: reason.slice(0, MAX_TEXT) }),
    }
    const fresh = `${this.#file}.${process.pid}`
    try {
      writeFileSync(fresh, scrub(`${JSON.stringify(life)}\n`), { mode: 0o600 })
      renameSync(fresh, this.#file)
    } catch (error) {
      // Of each run on a full disk one would stay.
      rmSync(fresh, { force: true })
      throw error
    }
  }
}

/** One sentence for people. */
export function describeEnd({ state, startedAt, at, rssBytes, reason }: Life): string {
  const size = `${Math.round(rssBytes / 1e6)} MB resident`
  switch (state) {
    case 'running':
      return `the run that began ${startedAt} ended without a message: it or its machine was killed; it was last seen ${at}, with ${size}`
    case 'stopped':
      return `the run that began ${startedAt} was stopped ${at}${reason === undefined ? '' : ` by ${reason}`}`
    case 'crashed':
      return `the run that began ${startedAt} crashed ${at}, with ${size}: ${(reason ?? '').split('\n', 1)[0]}`
    case 'out of memory':
      return `the run that began ${startedAt} exited ${at}, out of memory, with ${size}`
  }
}
