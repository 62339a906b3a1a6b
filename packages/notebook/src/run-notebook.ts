import type { Cell } from './document/cells.ts'
import type { CellResult } from './document/output.ts'
import { Kernel } from './kernel/kernel.ts'

/** A cell of code with its result; text has none. */
export interface RunCellResult {
  readonly cell: Cell
  readonly result?: CellResult
}

const SKIPPED: CellResult = { status: 'skipped', outputs: [], ms: 0 }

/** The cells of a notebook that ran, kept so that only changed cells and those after them run again. */
export class NotebookRun {
  readonly #file: string
  readonly #cellTimeoutMs: number
  #kernel: Kernel | undefined
  #ran: readonly RunCellResult[] = []

  constructor(file: string, cellTimeoutMs: number) {
    this.#file = file
    this.#cellTimeoutMs = cellTimeoutMs
  }

  /**
   * Runs the cells in order. Those before the first changed cell of code keep their results; after a failed cell the rest is
   * skipped. `onCell` is called with each result.
   */
  async run(
    cells: readonly Cell[],
    onCell: (done: RunCellResult) => void = () => {},
  ): Promise<readonly RunCellResult[]> {
    const before = this.#ran.filter(({ cell }) => cell.kind === 'code')
    const kept = this.#kernel?.alive ? sameAtTheStart(before, cells) : 0
    if (!this.#kernel?.alive) this.#kernel = await Kernel.start(this.#file, this.#cellTimeoutMs)
    const done: RunCellResult[] = []
    let failed = false
    let codeCells = 0
    for (const cell of cells) {
      const one: RunCellResult =
        cell.kind === 'markdown'
          ? { cell }
          : { cell, result: await this.#result(cell, failed, before, codeCells++, kept) }
      failed ||= one.result?.status === 'failed'
      done.push(one)
      onCell(one)
    }
    this.#ran = done
    return done
  }

  async #result(
    cell: Cell,
    failed: boolean,
    before: readonly RunCellResult[],
    place: number,
    kept: number,
  ): Promise<CellResult> {
    if (failed) return SKIPPED
    return (place < kept ? before[place]?.result : undefined) ?? (await (this.#kernel as Kernel).run(cell))
  }

  stop(): void {
    this.#kernel?.stop()
  }
}

/** How many cells of code at the start ran well and are unchanged. */
function sameAtTheStart(before: readonly RunCellResult[], cells: readonly Cell[]): number {
  const code = cells.filter(({ kind }) => kind === 'code')
  const changed = before.findIndex(
    ({ cell, result }, index) => result?.status !== 'done' || code[index]?.source !== cell.source,
  )
  return changed < 0 ? before.length : changed
}
