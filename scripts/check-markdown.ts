// Checks the Markdown pages: links resolve, source paths exist, commands and options are real, and the
// length limits of some pages hold.
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { tushare } from '@stockdb/contract'
import { createRouter } from '../packages/server/src/api/router.ts'
import { settingsByName } from '../packages/server/src/bounds/settings.ts'
import { serveCommand } from '../packages/server/src/cli/serve.ts'
import { codeBlocks, markdownPages, type Page, pathsLike, root } from './markdown-pages.ts'

const README_WORDS = 700
const DESIGN_LINES = 130
const GLOSSARY_ROWS = 40

const pages = markdownPages()
const tests = pathsLike('*.test.ts').map((path) => `/${path}`)
const problems: string[] = []
const complain = (page: Page, index: number, problem: string): void => {
  const line = page.text.slice(0, index).split('\n').length
  problems.push(`${page.path}:${line}: ${problem}`)
}

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{Nd}\s_-]/gu, '')
    .replaceAll(' ', '-')

function anchorsOf(text: string): Set<string> {
  const headings = [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    anchorOf(heading.replaceAll('`', '')),
  )
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)])
}

/** The text with its fenced blocks blanked out, every character in its place. */
function withoutCode(text: string): string {
  return text.replace(/^\s*```[\s\S]*?^\s*```/gm, (block) => block.replace(/[^\n]/g, ' '))
}

function checkLinks(page: Page): void {
  for (const { 1: target = '', index } of withoutCode(page.text).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue
    const [file = '', anchor] = target.split('#')
    const path = file === '' ? page.path : normalize(join(dirname(page.path), file))
    if (!existsSync(join(root, path))) complain(page, index, `broken link ${target}`)
    else if (anchor !== undefined && path.endsWith('.md')) {
      const linked = pages.find((other) => other.path === path)
      if (linked && !anchorsOf(linked.text).has(anchor)) complain(page, index, `${path} has no heading for #${anchor}`)
    }
  }
}

/** Paths from the root of the repository, written as code. A `*` or `<name>` stands for any name. */
function checkPaths(page: Page): void {
  for (const { 1: path = '', index } of withoutCode(page.text).matchAll(
    /`((?:packages|scripts|testing|examples|bench|deploy|docs)\/[\w./-]+)`/g,
  )) {
    if (path.startsWith('docs/api')) continue // generated, and not in git
    if (!existsSync(join(root, path))) complain(page, index, `there is no ${path}; name the file that does this now`)
  }
}

/** Tests, by any suffix of their path: `engine/faults.test.ts`. */
function checkTests(page: Page): void {
  for (const { 1: path = '', index } of page.text.matchAll(/`((?:[\w-]+\/)*[\w.-]+\.test\.ts)`/g)) {
    if (!tests.some((test) => test.endsWith(`/${path}`)))
      complain(page, index, `there is no test ${path}; name the one that shows this now`)
  }
}

/** Decisions are cited by number: each has its own, also in its heading. */
function checkNumber(page: Page): void {
  const [start, number] = /^docs\/decisions\/(\d{4})-/.exec(page.path) ?? []
  if (start === undefined) return
  const other = pages.find(({ path }) => path !== page.path && path.startsWith(start))
  if (other) complain(page, 0, `${other.path} has the same number; take the next one that is free`)
  if (!page.text.startsWith(`# ${number}. `)) complain(page, 0, `the heading must begin with "# ${number}. "`)
}

/** Options that look like limits must be in the table of limits. */
function checkOptions(page: Page): void {
  const known = new Set(serveCommand().options.map(({ long }) => long))
  for (const { 1: option = '', index } of page.text.matchAll(/(?<![\w-])(--(?:max|min|kill)-[a-z-]+)/g)) {
    if (!known.has(option)) complain(page, index, `serve has no option ${option}`)
  }
  for (const { 1: variable = '', index } of page.text.matchAll(/\b(STOCKDB_MAX_[A-Z_]+)\b/g)) {
    const flag = variable.slice('STOCKDB_'.length).toLowerCase().replaceAll('_', '-')
    if (!settingsByName.some(([, setting]) => setting.flag === flag))
      complain(page, index, `no option is read from ${variable}`)
  }
}

/** The word count of a page, without code blocks, link addresses and separate punctuation. */
const words = (text: string): number =>
  withoutCode(text)
    .replace(/\]\([^)]*\)/g, ' ')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{Nd}]/u.test(word)).length

function checkLength(path: string, what: string, most: number, count: (text: string) => number): void {
  const page = pages.find((other) => other.path === path)
  const counted = page ? count(page.text) : 0
  if (!page) problems.push(`${path}: missing`)
  else if (counted > most) problems.push(`${path}: ${counted} ${what}; at most ${most}: move details to docs/`)
}

/** Checks that every page of docs/ is linked from another page. */
function checkReachable(): void {
  const targets = new Set(
    pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\(([^)\s#]+)/g)].map(([, target = '']) => normalize(join(dirname(path), target))),
    ),
  )
  for (const { path } of pages) {
    const listed = targets.has(path) || targets.has(dirname(path))
    if (path.startsWith('docs/') && !listed) problems.push(`${path}: no page links here; add it to docs/README.md`)
  }
}

/** Checks that every procedure is in docs/http.md. */
function checkProcedures(): void {
  const text = pages.find(({ path }) => path === 'docs/http.md')?.text ?? ''
  const datasets = new Set(Object.keys(tushare))
  const missing = new Set<string>()
  // Only the names are used; the services are never called.
  for (const path of createRouter({ services: { catalogue: tushare } } as never).procedures.keys()) {
    const [group = '', name] = path.split('.')
    const written = datasets.has(group) ? `<dataset>.${name}` : path
    if (!text.includes(`\`${written}\``)) missing.add(written)
  }
  for (const written of missing) problems.push(`docs/http.md: the procedure \`${written}\` is missing`)
}

for (const page of pages) {
  if (codeBlocks(page.text).length * 2 !== (page.text.match(/^\s*```/gm) ?? []).length)
    complain(page, 0, 'a code block is not closed')
  checkLinks(page)
  checkPaths(page)
  checkTests(page)
  checkNumber(page)
  checkOptions(page)
}
checkReachable()
checkProcedures()
checkLength('README.md', 'words', README_WORDS, words)
checkLength('DESIGN.md', 'lines', DESIGN_LINES, (text) => text.trimEnd().split('\n').length)
checkLength('docs/glossary.md', 'rows', GLOSSARY_ROWS, (text) => (text.match(/^\| (?!term)[^-]/gm) ?? []).length)

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else console.log(`${pages.length} pages: links, paths, options and lengths are right`)
