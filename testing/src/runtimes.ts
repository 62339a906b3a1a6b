import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const arm = process.arch === 'arm64'
const deno = { darwin: arm ? 'darwin-arm64' : 'darwin-x64', linux: arm ? 'linux-arm64-glibc' : 'linux-x64-glibc' }

/** The program of Deno that npm installed. */
export const denoProgram = (): string => programOf([`@deno/${deno[process.platform as keyof typeof deno]}`, 'deno'])

/** The program of Bun that npm installed. Bun's install script, which not every npm runs, moves it into the package `bun`. */
export const bunProgram = (): string =>
  programOf([`@oven/bun-${process.platform}-${arm ? 'aarch64' : 'x64'}`, 'bin/bun'], ['bun', 'bin/bun.exe'])

/** The first of these programs that exists, each a file of a package. */
function programOf(...places: readonly (readonly [name: string, file: string])[]): string {
  const require = createRequire(import.meta.url)
  const programs = places.map(([name, file]) => join(require.resolve(`${name}/package.json`), '..', file))
  const program = programs.find((path) => existsSync(path))
  if (program === undefined) throw new Error(`${programs.join(' or ')} is missing; run npm ci`)
  return program
}
