import { readFile, writeFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { type Cell, cellsOf, titleOf } from './document/cells.ts'
import { ipynbOf } from './document/ipynb.ts'
import { reportHtml } from './document/report.ts'
import { NotebookRun, type RunCellResult } from './run-notebook.ts'
import { RELOAD_SCRIPT, ReportServer, watchText } from './watch.ts'

/** What `stockdb notebook` was asked for. */
export interface NotebookOptions {
  /** The notebook, a `.ts` file in the percent format. */
  readonly file: string
  /** Where the report goes. */
  readonly out?: string | undefined
  /** Where a notebook for Jupyter goes. */
  readonly ipynb?: string | undefined
  /** A cell that runs longer than this fails, and ends the run. */
  readonly cellTimeoutMs: number
  /** Receives a line for the terminal. */
  readonly say: (line: string) => void
}

/** How a run ended, in cells of code. */
export interface NotebookOutcome {
  readonly cells: number
  readonly failed: number
}

/** Runs a notebook from the first cell to the last and writes what was asked for. */
export async function runNotebook(options: NotebookOptions): Promise<NotebookOutcome> {
  const { file, out, ipynb, say } = options
  const path = resolve(file)
  const cells = cellsOf(await readFile(path, 'utf8'))
  if (ipynb !== undefined) {
    await writeFile(ipynb, ipynbOf(cells))
    say(`${ipynb}: ${cells.length} cells`)
  }
  if (out === undefined) return { cells: 0, failed: 0 }
  const run = new NotebookRun(path, options.cellTimeoutMs)
  try {
    const results = await run.run(cells, progress(say))
    await writeFile(out, reportOf(file, cells, results))
    const outcome = outcomeOf(results)
    say(`${out}: ${outcome.cells} cells of code, ${outcome.failed === 0 ? 'all ran' : `${outcome.failed} failed`}`)
    return outcome
  } finally {
    run.stop()
  }
}

/** Serves the report on this machine, and runs the notebook again from the first changed cell on, until the signal. */
export async function watchNotebook(
  options: NotebookOptions & { readonly port: number },
  signal: AbortSignal,
): Promise<void> {
  const { file, out, say } = options
  const path = resolve(file)
  const run = new NotebookRun(path, options.cellTimeoutMs)
  const server = await ReportServer.listen(options.port)
  const update = async (text: string): Promise<void> => {
    const cells = cellsOf(text)
    const results = await run.run(cells, progress(say))
    server.update(reportOf(file, cells, results, RELOAD_SCRIPT))
    if (out !== undefined) await writeFile(out, reportOf(file, cells, results))
  }
  signal.addEventListener('abort', () => run.stop(), { once: true })
  try {
    say(`${file} is at ${server.url}; Ctrl-C ends`)
    const text = await readFile(path, 'utf8')
    await update(text)
    if (!signal.aborted) await watchText(path, text, update, signal)
  } finally {
    run.stop()
    server.close()
  }
}

function reportOf(file: string, cells: readonly Cell[], results: readonly RunCellResult[], script?: string): string {
  const source = basename(file)
  return reportHtml({ title: titleOf(cells, source), source, madeAt: new Date() }, results, script)
}

function outcomeOf(results: readonly RunCellResult[]): NotebookOutcome {
  const code = results.flatMap(({ result }) => (result ? [result] : []))
  return { cells: code.length, failed: code.filter(({ status }) => status === 'failed').length }
}

/** Says of each failed cell where it is and why. */
function progress(say: (line: string) => void): (done: RunCellResult) => void {
  return ({ cell, result }) => {
    if (result?.status !== 'failed') return
    const reason = result.outputs.findLast(({ kind }) => kind === 'error')
    say(`line ${cell.line}: ${reason?.kind === 'error' ? reason.text.split('\n')[0] : 'failed'}`)
  }
}
