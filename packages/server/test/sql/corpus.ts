import { readFileSync } from 'node:fs'

/** A statement of a corpus, with its theme. */
export interface CorpusLine {
  readonly theme: string
  readonly statement: string
  /** The engine, if only one supports it. */
  readonly only: string | undefined
}

/** Reads a file with one statement per line; its first lines describe the format. */
export function readCorpus(name: string): readonly CorpusLine[] {
  const lines: CorpusLine[] = []
  let theme = ''
  for (const line of readFileSync(new URL(name, import.meta.url), 'utf8').split('\n')) {
    if (line.startsWith('## ')) theme = line.slice(3)
    if (line === '' || line.startsWith('#')) continue
    const [, only, text = ''] = /^(?:\[([a-z]+)\] )?(.*)$/.exec(line) ?? []
    lines.push({ theme, only, statement: text.replaceAll('⏎', '\n').replaceAll('␀', '\0') })
  }
  return lines
}
