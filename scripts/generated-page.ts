import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Escapes a cell of a Markdown table. */
export const cell = (text: string): string => text.replaceAll('|', '\\|')

/** Names as code, with commas between them. */
export const names = (list: readonly string[]): string => list.map((name) => `\`${name}\``).join(', ')

/** Writes a page of `docs/`; with `--check` it only checks that the page is current, and fails otherwise. */
export function writeOrCheck(page: string, text: string, command: string): void {
  const file = fileURLToPath(new URL(`../docs/${page}`, import.meta.url))
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text)
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`docs/${page} is not current: run "npm run ${command}" and commit the page`)
    process.exitCode = 1
  }
}
