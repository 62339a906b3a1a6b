// Finds stilted idioms in sources and pages, and suggests plain words.
import { readFileSync } from 'node:fs'
import { pathsLike, root } from './markdown-pages.ts'

/** The idioms, and what to write instead. */
const IDIOMS: readonly (readonly [pattern: string, instead: string])[] = [
  ['can not', 'cannot'],
  ['unless (?:told|it is told)', 'by default'],
  ["whoever(?:’s|'s)?", 'anyone who; callers that; regardless of who'],
  ['anew', 'again'],
  ['in silence', 'silently'],
  ['be (?:it|they)', 'even; whether'],
  ['for want of', 'for lack of; because … is missing'],
  ["of one(?:'|’)s own", 'your own; custom'],
  ['in vain', 'without effect'],
  ['for ever', 'forever'],
  ['(?<!there )(?:is|are|be) none(?! of)', 'invalid; not a …'],
  ['farewells?', 'a plain word'],
  ['last words', 'final message'],
  ['lonely', 'idle'],
  ['turn(?:s|ed)? away', 'refuse; reject'],
  ['lets? expect', 'is estimated to'],
  ['br(?:eaks?|oke|oken) off', 'abort; cancel; cut'],
  ['(?:throws?|threw|thrown) away', 'discard'],
  ["other people(?:’s|'s)?", 'existing; not managed by stockdb'],
  ['let go of', 'release'],
  ['be had', 'be available'],
  ['h(?:ears?|eard) of', 'is notified; learns of'],
  ['told apart|tells? apart', 'distinguish; separate'],
  ['(?:is|are|was|were) told (?:of|that|when|whether|so)', 'is notified; gets'],
  ['what (?:came|comes) of', 'the outcome of'],
  ['in hand', 'current'],
  ['whom', 'a sentence without it'],
  ['(?:number|milliseconds) from \\d+ on', '…, N or more'],
  ['in good order', 'gracefully; cleanly'],
  ['from now on', 'the following; later'],
  ['takes? nothing', 'is stalled'],
  ['a row a (?:day|symbol|code|stock|security)', 'one row per …'],
  ['(?:hence|whence|thence|thereof|whereof|wherein|therein|lest)', 'so; from; of it; in which'],
]

const SELF = 'scripts/check-english.ts'
const groups = IDIOMS.map(([pattern]) => `(${pattern.replaceAll(' ', '\\s+')})`)
const idioms = new RegExp(`\\b(?:${groups.join('|')})\\b`, 'gi')

/** The idioms in a file as `path:line: …`, also across line breaks of comments. */
function idiomsIn(path: string): string[] {
  const text = readFileSync(`${root}${path}`, 'utf8')
  const joined = text.replace(/\n(\s*(?:\*|\/\/|#) )/g, (_, margin: string) => `\n${' '.repeat(margin.length)}`)
  return [...joined.matchAll(idioms)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length
    const instead = IDIOMS[match.slice(1).findIndex((group) => group !== undefined)]?.[1]
    return `${path}:${line}: write "${instead}" instead of "${match[0].replace(/\s+/g, ' ')}"`
  })
}

const paths = ['*.ts', '*.js', '*.mjs', '*.py', '*.md', '*.yml', '*package.json', '*Dockerfile', '*.service']
  .flatMap((pattern) => pathsLike(pattern))
  .filter((path) => path !== SELF)
const found = paths.flatMap(idiomsIn)
for (const one of found) console.error(one)
if (found.length > 0) process.exitCode = 1
