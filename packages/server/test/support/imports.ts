import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Program, startProgram } from './program.ts'

/** Rows per file: enough for several chunks. */
export const FILE_ROWS = 10_000
/** The share of its time that the program needs to start. */
const LOADED = 0.3
/** Pause between two runs, for other processes. */
const PAUSE_MS = 200
const DAY_MS = 86_400_000
/** The first day of a file. */
export const FIRST_DAY = '2010-01-01'
const dates = Array.from({ length: FILE_ROWS }, (_, day) =>
  new Date(Date.parse(FIRST_DAY) + day * DAY_MS).toISOString().slice(0, 10),
)

/** Outcome of one run of `stockdb import` with two files. */
export interface EndedImport {
  /** The signal that ended it; `none` if it completed. */
  readonly fate: 'none' | 'SIGTERM' | 'SIGKILL'
  readonly code: number | NodeJS.Signals
  readonly stderr: string
  /** For each file the symbol of its rows, and whether the program reported it as imported. */
  readonly files: readonly { readonly symbol: string; readonly acknowledged: boolean }[]
  /** Time from the signal to the end of the process. */
  readonly endMs: number
}

/** Imports files into `adj_factor`, two per run; a signal ends most runs at a random moment. */
export class Imports {
  readonly ended: EndedImport[] = []
  readonly #address: string
  readonly #folder: string
  readonly #random: () => number
  readonly #running: Promise<void>
  #program: Program | undefined
  #stopped = false
  /** Duration of a complete run; signals are sent within that. */
  #wholeMs = 1_000

  constructor(address: string, folder: string, random: () => number) {
    this.#address = address
    this.#folder = folder
    this.#random = random
    this.#running = this.#run()
  }

  /** Starts no more runs, and resolves when the last has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  /** Kills the current run after a failed test, whose files are already deleted. */
  kill(): void {
    this.#stopped = true
    this.#running.catch(() => {})
    this.#program?.child.kill('SIGKILL')
  }

  async #run(): Promise<void> {
    const fates = ['none', 'SIGTERM', 'SIGKILL', 'SIGTERM'] as const
    for (let run = 0; !this.#stopped; run++) await this.#import(run, fates[run % fates.length] ?? 'none')
  }

  async #import(run: number, fate: EndedImport['fate']): Promise<void> {
    const symbols = [`${run}A.SZ`, `${run}B.SZ`]
    const files = symbols.map((symbol) => {
      const file = join(this.#folder, `${symbol}.csv`)
      const rows = dates.map((date, row) => `${symbol},${date},${row}`)
      writeFileSync(file, `ts_code,trade_date,adj_factor\n${rows.join('\n')}\n`)
      return file
    })
    const startedAt = performance.now()
    const program = startProgram(['import', ...files, '--dataset', 'adj_factor', '--database', this.#address])
    this.#program = program
    let signalledAt = Number.NaN
    if (fate !== 'none') {
      await Promise.race([sleep((LOADED + (1 - LOADED) * this.#random()) * this.#wholeMs), program.ended])
      signalledAt = performance.now()
      program.child.kill(fate)
    }
    const code = await program.ended
    if (fate === 'none') this.#wholeMs = performance.now() - startedAt
    this.ended.push({
      fate,
      code,
      stderr: program.stderr,
      files: symbols.map((symbol) => ({ symbol, acknowledged: program.stdout.includes(`${symbol}.csv: 10,000 rows`) })),
      endMs: fate === 'none' ? 0 : performance.now() - signalledAt,
    })
    for (const file of files) rmSync(file, { force: true })
    await sleep(PAUSE_MS)
  }
}
