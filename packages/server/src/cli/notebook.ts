import { Command, Option } from 'commander'
import { wholeNumber } from './options.ts'

interface NotebookCommandOptions {
  readonly out?: string
  readonly ipynb?: string | true
  readonly watch?: true
  readonly port: number
  readonly cellTimeout: number
}

const CELL_TIMEOUT_S = 600
const MAX_CELL_TIMEOUT_S = 86_400

export function notebookCommand(): Command {
  return new Command('notebook')
    .description(
      'Run a notebook, a .ts file whose cells start with "// %%", and write it as one HTML file with its tables and charts.',
    )
    .argument('<file>', 'the notebook')
    .addOption(
      new Option('--out <file>', 'the report; by default next to the notebook, with the ending .html').env(
        'STOCKDB_NOTEBOOK_OUT',
      ),
    )
    .addOption(
      new Option(
        '--ipynb [file]',
        "write a notebook for Jupyter with Deno's kernel, by default next to the notebook; nothing runs without --out",
      ).conflicts('watch'),
    )
    .addOption(
      new Option(
        '--watch',
        'serve the report on this machine, and run again from the first changed cell, until Ctrl-C',
      ),
    )
    .addOption(
      new Option('--port <port>', 'where --watch serves the report; 0 takes a free port')
        .default(0)
        .argParser(wholeNumber(0, 65_535))
        .env('STOCKDB_NOTEBOOK_PORT'),
    )
    .addOption(
      new Option('--cell-timeout <seconds>', 'a cell that runs longer than this fails')
        .default(CELL_TIMEOUT_S)
        .argParser(wholeNumber(1, MAX_CELL_TIMEOUT_S))
        .env('STOCKDB_CELL_TIMEOUT'),
    )
    .action(notebook)
}

async function notebook(file: string, options: NotebookCommandOptions): Promise<void> {
  const { runNotebook, watchNotebook } = await load()
  const ipynb = options.ipynb === true ? withEnding(file, '.ipynb') : options.ipynb
  const report = options.watch || ipynb !== undefined ? undefined : withEnding(file, '.html')
  const asked = {
    file,
    out: options.out ?? report,
    ipynb,
    cellTimeoutMs: options.cellTimeout * 1_000,
    say: (line: string) => void process.stdout.write(`${line}\n`),
  }
  if (options.watch) {
    const interrupted = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
    return watchNotebook({ ...asked, port: options.port }, interrupted.signal)
  }
  const { failed } = await runNotebook(asked)
  if (failed > 0) process.exitCode = 1
}

const withEnding = (file: string, ending: string): string => file.replace(/\.[^./\\]*$/, '') + ending

/** It brings chart and table libraries that a server does not need. */
async function load(): Promise<typeof import('@stockdb/notebook/command')> {
  try {
    return await import('@stockdb/notebook/command')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new Error('cannot run notebooks: install the package @stockdb/notebook', { cause })
  }
}
