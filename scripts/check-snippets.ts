// Type-checks the TypeScript examples: every ```ts block of the Markdown pages and of the doc comments in
// packages/*/src. Needs a build first.
//
// Each block is a separate module. A client `db` of Tushare's catalogue and a `token` are declared unless the block declares
// them; ./stockdb.config.ts is the one in examples/. A block that must not compile uses // @ts-expect-error;
// "```ts ignore" skips a block.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeBlocks, markdownPages, type Page, root } from './markdown-pages.ts'

const folder = join(root, 'node_modules', '.cache', 'stockdb-snippets')

const given: Readonly<Record<string, string>> = {
  db: "import('@stockdb/client').Client<import('@stockdb/client').Tushare>",
  token: 'string',
}

/** The exports of each package: its own doc comments need no import of these names. */
const exported = new Map(
  await Promise.all(
    ['contract', 'client', 'server', 'notebook'].map(
      async (name): Promise<[string, string[]]> => [name, Object.keys(await import(`@stockdb/${name}`))],
    ),
  ),
)

exported.set('client/series', Object.keys(await import('@stockdb/client/series')))

/** Imports the names that a doc comment uses from its own package. */
function ownImports(path: string, code: string): string {
  const [, name = ''] = /^packages\/(\w+)\/src\//.exec(path) ?? []
  const entry = path.startsWith('packages/client/src/series/') ? 'client/series' : name
  const used = (exported.get(entry) ?? []).filter(
    (each) => new RegExp(`\\b${each}\\b`).test(code) && !new RegExp(`import \\{[^}]*\\b${each}\\b`).test(code),
  )
  return used.length > 0 ? `import { ${used.join(', ')} } from '@stockdb/${entry}';` : ''
}

/** One line before a block: declares the given names, and makes it a module. */
function prelude(path: string, code: string): string {
  const missing = Object.entries(given).filter(
    ([name]) => !new RegExp(`\\b(?:const|let|function) ${name}\\b`).test(code),
  )
  return `export {}; ${ownImports(path, code)} ${missing.map(([name, type]) => `declare const ${name}: ${type};`).join(' ')}`
}

/** A doc comment without its stars, keeping line numbers. */
function docComments(path: string): Page {
  const lines = readFileSync(join(root, path), 'utf8').split('\n')
  return { path, text: lines.map((line) => /^\s*\* ?(.*)$/.exec(line)?.[1] ?? '').join('\n') }
}

function sources(): Page[] {
  return ['contract', 'client', 'server', 'notebook'].flatMap((name) => {
    const base = join('packages', name, 'src')
    return readdirSync(join(root, base), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => docComments(join(base, file)))
  })
}

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
copyFileSync(join(root, 'examples', 'own-table.config.ts'), join(folder, 'stockdb.config.ts'))

/** Origin of each block's file. */
const origins = new Map<string, string>()
for (const { path, text } of [...markdownPages(), ...sources()]) {
  for (const { line, info, code } of codeBlocks(text)) {
    if (info !== 'ts') continue
    const file = `${path.replaceAll(/[^\w-]+/g, '_')}_${line}.ts`
    origins.set(file, path)
    // Padded with blank lines, so that line numbers in messages are those of the page.
    writeFileSync(join(folder, file), `${prelude(path, code)}${'\n'.repeat(line - 1)}${code}\n`)
  }
}
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../../tsconfig.base.json',
    compilerOptions: {
      noEmit: true,
      rewriteRelativeImportExtensions: false,
      noUnusedLocals: false,
      noUnusedParameters: false,
      lib: ['ES2024', 'DOM', 'DOM.Iterable'],
      types: ['node'],
      typeRoots: ['../../@types'],
    },
    include: ['*.ts'],
  }),
)
const { stdout, status } = spawnSync('tsc', ['-p', folder, '--pretty', 'false'], { cwd: folder, encoding: 'utf8' })
for (const line of stdout.split('\n')) {
  const [, file = '', at, message] = /^(\S+\.ts)\((\d+),\d+\): (.*)$/.exec(line) ?? []
  console.error(at === undefined ? line : `${origins.get(file) ?? file}:${at}: ${message}`)
}
if (status !== 0) process.exitCode = 1
else console.log(`${origins.size} code blocks compile`)
