// npm run release: checks versions and changelog, packs the packages into release/, checks them as a user gets them, and
// dry-runs publishing. It publishes nothing.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './programs.ts'

const packages = ['contract', 'notebook', 'server', 'client'] as const
const folder = join(root, 'release')

interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
}

const manifest = (path: string): Manifest =>
  JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as Manifest

/** Checks that all packages and their dependencies on each other have one version, which is in the changelog. */
function checkVersions(): string {
  const { version } = manifest('.')
  for (const each of packages.map((name) => manifest(join('packages', name)))) {
    if (each.version !== version) throw new Error(`${each.name} has version ${each.version}; the root has ${version}`)
    for (const [name, wanted] of Object.entries(each.dependencies ?? {})) {
      if (name.startsWith('@stockdb/') && wanted !== version)
        throw new Error(`${each.name} depends on ${name} ${wanted}; expected ${version}`)
    }
  }
  if (!readFileSync(join(root, 'CHANGELOG.md'), 'utf8').includes(version))
    throw new Error(`CHANGELOG.md does not mention ${version}; move "Unreleased" under it`)
  return version
}

function run(program: string, ...args: readonly string[]): void {
  console.log(`$ ${program} ${args.join(' ')}`)
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' })
  if (error || status !== 0) throw new Error(`${program} ${args[0]} failed`, { cause: error })
}

try {
  const version = checkVersions()
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  run('node', join('scripts', 'check-packages.ts'), '--out', folder)
  for (const tarball of readdirSync(folder)) {
    // Without "./" npm would take the path for a GitHub repository.
    run('npm', 'publish', `./release/${tarball}`, '--dry-run', '--access', 'public', '--ignore-scripts')
  }
  console.log(`${version} is ready in release/: ${readdirSync(folder).join(', ')}`)
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
