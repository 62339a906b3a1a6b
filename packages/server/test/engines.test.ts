import { readdirSync, readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'
import { describe, expect, it } from 'vitest'
import * as drivers from '../src/engine/drivers.ts'
import { importsOf, sourcesIn } from './support/source-imports.ts'

const packages = fileURLToPath(new URL('../../', import.meta.url))
const engine = `${packages}server/src/engine`
const folders = readdirSync(engine, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

/** Files whose strings may name a database, and why. Comments always may. */
const mayName: Readonly<Record<string, string>> = {
  'server/src/bounds/settings.ts': 'help texts of options',
  'server/src/cli/options.ts': 'the database that is used by default',
  'server/src/engine/drivers.ts': 'the registry',
  'server/src/plan/tree/functions.ts': 'the list of functions in the documentation',
}

/** The only files that display the kind of a database. */
const mayShowKind = ['server/src/api/meta-router.ts', 'server/src/start/services.ts']

const sources = ['contract', 'server', 'client']
  .flatMap((name) => sourcesIn(`${packages}${name}/src`))
  .map((path) => ({ path, name: relative(packages, path).replaceAll(sep, '/') }))

/** The engine whose folder a file is in. */
const folderOf = (name: string): string | undefined =>
  folders.find((folder) => name.startsWith(`server/src/engine/${folder}/`))

/** A source without its comments. */
function codeOf(path: string): string {
  const source = readFileSync(path, 'utf8')
  const { comments } = parseSync(path, source)
  return comments.toReversed().reduce((code, { start, end }) => code.slice(0, start) + code.slice(end), source)
}

const NAMES = new RegExp([...folders, 'mariadb'].join('|'), 'i')

describe('databases', () => {
  it('are one folder and one registry line each', () => {
    expect(Object.keys(drivers).toSorted()).toEqual(folders.toSorted())
  })

  it('are named only in their folder and in the registry', () => {
    const named = sources
      .filter(({ name }) => folderOf(name) === undefined)
      .filter(({ path }) => NAMES.test(codeOf(path)))
      .map(({ name }) => name)
      .toSorted()
    expect(named, 'move it into engine/<database>/, behind a member of Dialect, Driver or Engine').toEqual(
      Object.keys(mayName),
    )
  })

  it('are not distinguished by code: kind is a label for display', () => {
    const looks = sources.filter(({ path }) => /\b(?:engine|adHoc|database|server\.engine)\.kind\b/.test(codeOf(path)))
    expect(looks.map(({ name }) => name).toSorted()).toEqual(mayShowKind)
  })

  it('have the same file names', () => {
    const files = ['ad-hoc', 'column-types', 'ddl', 'dialect', 'driver', 'engine', 'errors', 'expressions']
    files.push('introspector', 'sql-grammar')
    for (const folder of folders)
      expect(readdirSync(`${engine}/${folder}`), folder).toEqual(
        expect.arrayContaining(files.map((file) => `${file}.ts`)),
      )
  })

  it('do not import each other, and only the registry imports them', () => {
    const wrong = sources.flatMap(({ path, name }) =>
      importsOf(path)
        .map((wanted) => folders.find((folder) => wanted.includes(`/${folder}/`)))
        .filter((folder) => folder !== undefined && folder !== folderOf(name))
        .map((folder) => `${name} imports from ${folder}`),
    )
    expect(wrong).toEqual(folders.map((folder) => `server/src/engine/drivers.ts imports from ${folder}`))
  })
})
