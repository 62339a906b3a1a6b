import { readFileSync } from 'node:fs'

/** A statement of a corpus, with the theme under which it stands. */
export interface CorpusLine {
  readonly theme: string
  readonly statement: string
  /** The one engine that has it, if only one does. */
  readonly only: string | undefined
}

/** Reads a file of statements, a line each; how they are written is said in its first lines. */
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
