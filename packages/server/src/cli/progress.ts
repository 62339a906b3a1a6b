import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { Presets, SingleBar } from 'cli-progress'
import type { ImportProgress } from '../ingest/import-file.ts'

/** Rows between two plain lines, where there is no terminal to draw a bar on. */
const LINE_ROWS = 500_000

/** Shows how far the import of a file is: a bar on a terminal, plain lines now and then otherwise. */
export interface Progress {
  update(progress: ImportProgress): void
  stop(): void
}

export function showProgress(file: string): Progress {
  const name = basename(file)
  if (!process.stderr.isTTY) {
    let said = 0
    return {
      update({ rows }) {
        if (rows - said < LINE_ROWS) return
        said = rows
        process.stderr.write(`${name}: ${rows.toLocaleString('en')} rows so far\n`)
      },
      stop() {},
    }
  }
  const bar = new SingleBar(
    {
      format: `${name} {bar} {percentage}% | {rows} rows | {eta_formatted}`,
      stream: process.stderr,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  )
  bar.start(statSync(file, { throwIfNoEntry: false })?.size ?? 0, 0, { rows: '0' })
  return {
    update: ({ rows, bytes }) => bar.update(bytes, { rows: rows.toLocaleString('en') }),
    stop: () => bar.stop(),
  }
}
