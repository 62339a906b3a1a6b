import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { StockdbError } from '@stockdb/contract/wire'
import { Argument, Command } from 'commander'
import { replaceFile } from '../engine/replace-file.ts'
import { version } from '../version.ts'
import { strategyFiles } from './strategy-folder.ts'

const PACKAGES = ['@stockdb/client', '@stockdb/contract', '@stockdb/server']

type Manifest = Readonly<Record<string, unknown>>

export function initCommand(): Command {
  return new Command('init')
    .description('Create a folder for strategies: a typed script, its project, and the commands to serve and run it.')
    .addArgument(new Argument('[folder]', 'new or empty folder, or a project that has no strategy.ts').default('.'))
    .action(init)
}

function init(folder: string): void {
  const path = resolve(folder)
  const manifest = manifestIn(path)
  if (manifest) requireModules(path, manifest)
  const packages = Object.fromEntries(PACKAGES.map((name) => [name, specOf(name, path)]))
  const files = Object.entries(strategyFiles({ name: nameOf(path), packages, manifest }))
  for (const [name] of files) {
    if (name !== 'package.json' && name !== '.gitignore' && existsSync(join(path, name)))
      throw refused(folder, `${name} already exists; nothing was written`)
  }
  try {
    mkdirSync(path, { recursive: true })
    for (const [name, text] of files)
      if (name !== '.gitignore' || !existsSync(join(path, name))) replaceFile(join(path, name), text)
  } catch (error) {
    throw refused(folder, `cannot write it (${(error as NodeJS.ErrnoException).code})`, error)
  }
  process.stdout.write(
    report(
      folder,
      files.map(([name]) => name),
    ),
  )
}

function manifestIn(path: string): Manifest | undefined {
  const file = join(path, 'package.json')
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Manifest
  } catch (error) {
    throw refused(path, 'its package.json is not JSON', error)
  }
}

/** A project of CommonJS scripts would no longer run as a project of modules. */
function requireModules(path: string, { type }: Manifest): void {
  const scripts = readdirSync(path).filter((name) => /\.(js|ts)$/.test(name))
  if (type !== 'module' && scripts.length > 0)
    throw refused(path, `its package.json lacks "type": "module", and ${scripts[0]} may need that; name a new folder`)
}

/**
 * How npm gets a package: as the project that runs this command does, which may be from a file, else by its version.
 * Paths are relative to the new folder.
 */
function specOf(name: string, path: string): string {
  const project = resolve('.')
  const { dependencies, devDependencies } = manifestIn(project) ?? {}
  const spec = ({ ...Object(devDependencies), ...Object(dependencies) } as Record<string, string>)[name]
  if (spec?.startsWith('file:')) return `file:${relative(path, resolve(project, spec.slice('file:'.length)))}`
  return spec ?? packedIn(name, path) ?? `^${version}`
}

/** In a checkout, the tarball that `npm run release` made. */
function packedIn(name: string, path: string): string | undefined {
  const packageFolder = dirname(createRequire(import.meta.url).resolve('@stockdb/server/package.json'))
  const file = join(packageFolder, '..', '..', 'release', `${name.slice(1).replace('/', '-')}-${version}.tgz`)
  return existsSync(file) ? `file:${relative(path, file)}` : undefined
}

/** Lower case, without what npm does not take. */
const nameOf = (path: string): string =>
  basename(path)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '') || 'strategies'

function report(folder: string, files: readonly string[]): string {
  return [
    `created ${files.join(', ')} in ${resolve(folder)}`,
    '',
    ...(resolve(folder) === resolve('.') ? [] : [`  cd ${/\s/.test(folder) ? JSON.stringify(folder) : folder}`]),
    '  npm install',
    '  npm run demo        # fills ./stockdb-data with a synthetic market; not with a database of your own in STOCKDB_DATABASE',
    '  npm run serve       # serves it at http://127.0.0.1:7788 until Ctrl-C',
    '  npm run strategy    # in another terminal',
    '',
  ].join('\n')
}

const refused = (folder: string, reason: string, cause?: unknown): StockdbError =>
  new StockdbError('INVALID_INPUT', `init: got the folder ${folder}; ${reason}`, { cause })
