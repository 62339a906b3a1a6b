// Checks the packages as a user gets them: packed, linted by publint and are-the-types-wrong, installed from their
// tarballs into empty folders, imported there, the command run for its help, and a custom table served from one folder
// to the other. Needs a build first.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { walkOwnTablePath } from './own-table-path.ts'
import { walkStrategyPath } from './strategy-path.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const packages = ['contract', 'notebook', 'server', 'client'] as const
const timeoutMs = 180_000

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): string {
  console.log(`$ ${program} ${args.join(' ').replaceAll(folder, '…')}`)
  const result = spawnSync(program, args, {
    ...{ cwd, env: { ...environment(), ...env } },
    ...{ encoding: 'utf8', timeout: timeoutMs },
  })
  if (result.error) throw new Error(`${program} could not be run: ${result.error.message}`, { cause: result.error })
  if (result.status !== 0) {
    throw new Error(`${program} ended with ${result.status ?? result.signal}:\n${result.stdout}${result.stderr}`)
  }
  return result.stdout
}

/** Without npm's variables about this workspace, which would affect npm in an empty folder. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|config_(local_prefix|workspace|include_workspace))/.test(name),
  )
  return Object.fromEntries(kept)
}

function pack(name: string): string {
  // The build is done: packing must not run scripts.
  const output = run(
    'npm',
    ['pack', '--json', '--ignore-scripts', `--pack-destination=${destination}`],
    packagePath(name),
  )
  // npm 11 prints a list, newer versions an object by package name.
  const [packed] = Object.values(JSON.parse(output) as Record<string, { filename: string; files: { path: string }[] }>)
  if (!packed) throw new Error(`npm pack of ${name} printed no file name`)
  for (const wanted of ['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts']) {
    if (!packed.files.some((file) => file.path === wanted)) throw new Error(`the tarball of ${name} lacks ${wanted}`)
  }
  return join(destination, packed.filename)
}

/** Editors show the field comments of the packed types. */
function checkFieldComments(tarball: string): void {
  const types = run('tar', ['-xzOf', tarball, 'package/dist/tushare/catalogue.d.ts'], folder)
  if (
    !types.includes('/** Closing price · CNY */ readonly close') &&
    !types.includes('/** Closing price · CNY */ close')
  )
    throw new Error('the types in the tarball of contract lack the field comments')
}

function packagePath(name: string): string {
  return join(root, 'packages', name)
}

/** Creates an empty project with only these tarballs of this repository installed. */
function install(name: string, tarballs: readonly string[]): string {
  const project = join(folder, name)
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }))
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs], project)
  return project
}

function importAll(project: string, names: readonly string[]): void {
  const lines = names.map(
    (name) => `if (Object.keys(await import('${name}')).length === 0) throw new Error('${name} exports nothing')`,
  )
  writeFileSync(join(project, 'import.js'), lines.join('\n'))
  run('node', ['import.js'], project)
}

const folder = mkdtempSync(join(tmpdir(), 'stockdb-packages-'))
/** `--out FOLDER` keeps the tarballs. */
const { out: destination = folder } = parseArgs({ options: { out: { type: 'string' } } }).values
try {
  const tarballs = Object.fromEntries(packages.map((name) => [name, pack(name)])) as Record<
    (typeof packages)[number],
    string
  >
  checkFieldComments(tarballs.contract)
  for (const tarball of Object.values(tarballs)) {
    run('publint', ['run', tarball, '--strict'], root)
    // `--no-definitely-typed`: the packages include their own types, and looking for others needs a network.
    run('attw', [tarball, '--profile', 'esm-only', '--no-definitely-typed', '--no-emoji', '--no-color'], root)
  }
  const client = install('with-client', [tarballs.contract, tarballs.client])
  importAll(client, ['@stockdb/contract', '@stockdb/client'])
  const server = install('with-server', [tarballs.contract, tarballs.server])
  importAll(server, ['@stockdb/contract', '@stockdb/server'])
  // The command `notebook` finds its package beside the server.
  const notebook = install('with-notebook', [tarballs.contract, tarballs.client, tarballs.server, tarballs.notebook])
  writeFileSync(
    join(notebook, 'study.ts'),
    "// %%\nimport { chart } from '@stockdb/notebook'\nchart.histogram([1, 2, 2])\n",
  )
  run('npx', ['--no-install', 'stockdb', 'notebook', 'study.ts'], notebook)
  if (!readFileSync(join(notebook, 'study.html'), 'utf8').includes('<svg')) throw new Error('the report has no chart')
  const help = run('npx', ['--no-install', 'stockdb', '--help'], server)
  if (!help.includes('serve')) throw new Error(`stockdb --help does not name its commands:\n${help}`)
  await walkOwnTablePath(run, server, client)
  await walkStrategyPath(run, folder, Object.values(tarballs))
  console.log(`${packages.join(', ')}: packed, checked, installed and imported`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
