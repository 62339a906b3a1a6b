import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'

/** What clients of this version keep; others are removed, too. */
const FORMS = /^v\d+$/
const FILES = /\.(?:arrow|json|part)$/
const DEFAULT_FOLDER = '.stockdb-cache'
const MB = 2 ** 20

export function cacheCommand(): Command {
  const command = new Command('cache')
    .description(
      'Show what a folder of connect(url, { cache: { dir } }) has: answers, bytes, the one that was not used for longest.',
    )
    .argument('[dir]', 'the folder', DEFAULT_FOLDER)
    .action(async (dir: string) => {
      process.stdout.write(`${describe(dir, await answersIn(dir))}\n`)
    })
  command.addCommand(
    new Command('clear')
      .description('Remove the answers of such a folder. Programs that use it go on, and ask again.')
      .argument('[dir]', 'the folder', DEFAULT_FOLDER)
      .action(async (dir: string) => {
        const answers = await answersIn(dir)
        for (const { file } of answers) await rm(file, { force: true })
        process.stdout.write(`removed: ${describe(dir, answers)}\n`)
      }),
  )
  return command
}

interface Kept {
  readonly file: string
  readonly bytes: number
  readonly usedAt: Date
}

/** Only what a client put there, so that nothing else can be removed. Throws for another folder. */
async function answersIn(dir: string): Promise<readonly Kept[]> {
  const kept: Kept[] = []
  let known = false
  const inside = await readdir(dir).catch(() => {
    throw new TypeError(`dir: got ${dir}, which cannot be read; expected the cache folder of a client`)
  })
  for (const form of inside.filter((name) => FORMS.test(name))) {
    const names = await readdir(join(dir, form))
    if (!names.includes('salt')) continue
    known = true
    for (const name of names.filter((one) => FILES.test(one))) {
      const file = join(dir, form, name)
      const found = await stat(file).catch(() => undefined)
      if (found) kept.push({ file, bytes: found.size, usedAt: found.mtime })
    }
  }
  if (!known) throw new TypeError(`dir: got ${dir}, which has no answers; expected the cache folder of a client`)
  return kept
}

function describe(dir: string, kept: readonly Kept[]): string {
  const answers = kept.filter(({ file }) => file.endsWith('.arrow'))
  const bytes = kept.reduce((sum, one) => sum + one.bytes, 0)
  const oldest = answers.map(({ usedAt }) => usedAt.toISOString()).toSorted()[0]
  const since = oldest === undefined ? '' : `, not used since ${oldest} or later`
  return `${answers.length} answers in ${dir}, ${(bytes / MB).toFixed(1)} MB${since}`
}
