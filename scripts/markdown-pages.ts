// Finds the Markdown pages and their code blocks, for the scripts that check them.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

export interface Page {
  /** Path from the root of the repository. */
  readonly path: string
  readonly text: string
}

/** Tracked and untracked paths that match, such as `*.md`. */
export function pathsLike(pattern: string): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', pattern]
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n')
  // Git lists deleted files until the deletion is committed.
  return listed.filter((path) => path !== '' && existsSync(`${root}${path}`))
}

export const markdownPages = (): Page[] =>
  pathsLike('*.md').map((path) => ({ path, text: readFileSync(`${root}${path}`, 'utf8') }))

export interface Block {
  /** The first line of the code, from 1. */
  readonly line: number
  /** The info string of the fence: `ts`, `ts ignore`, `sh`. */
  readonly info: string
  readonly code: string
}

/** The fenced code blocks of a text. */
export function codeBlocks(text: string): Block[] {
  const blocks: Block[] = []
  let open: { info: string; line: number; code: string[] } | undefined
  text.split('\n').forEach((line, index) => {
    const fence = /^\s*```(.*)$/.exec(line)
    if (!fence) open?.code.push(line)
    else if (open) {
      blocks.push({ line: open.line, info: open.info, code: open.code.join('\n') })
      open = undefined
    } else open = { info: (fence[1] ?? '').trim(), line: index + 2, code: [] }
  })
  return blocks
}
