import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tushare } from '@stockdb/contract'
import { rolesOf } from '@stockdb/contract/internal'
import { describe, expect, it } from 'vitest'
import { settings } from '../src/bounds/settings.ts'
import { importsOf, sourcesIn } from './support/source-imports.ts'

const packages = fileURLToPath(new URL('../../', import.meta.url))
const names = ['contract', 'server', 'client', 'notebook'] as const

/** Imports of every file of a package, as paths inside the package or names of other packages. */
function graphOf(name: string): Map<string, string[]> {
  const root = `${packages}${name}/src`
  return new Map(
    sourcesIn(root).map((file) => [
      relative(root, file),
      importsOf(file).map((wanted) =>
        wanted.startsWith('.') ? relative(root, resolve(dirname(file), wanted)) : wanted,
      ),
    ]),
  )
}

const graphs = new Map(names.map((name) => [name, graphOf(name)]))

const importsIn = (name: (typeof names)[number]): [string, string][] =>
  [...(graphs.get(name) ?? [])].flatMap(([file, wanted]) => wanted.map((one): [string, string] => [file, one]))

/** The folders of the server from the bottom up; a file imports from its own folder and from lower layers. */
const floors: readonly (readonly string[])[] = [
  ['bounds', 'version.ts'],
  ['engine'],
  ['telemetry'],
  ['plan', 'access', 'sql'],
  ['execute', 'ingest', 'introspect', 'write'],
  ['cache'],
  ['api'],
  ['http'],
  ['start'],
  ['workers'],
  ['cli', 'index.ts'],
]

const roomOf = (file: string): string => file.split('/')[0] ?? ''
const floorOf = (file: string): number => floors.findIndex((rooms) => rooms.includes(roomOf(file)))

/** One cycle of a graph, as a path that returns to its first file. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const wanted of graph.get(file) ?? []) {
      const circle = visit(wanted, [...path, file])
      if (circle) return circle
    }
    done.add(file)
    return undefined
  }
  for (const file of graph.keys()) {
    const circle = visit(file, [])
    if (circle) return circle
  }
  return undefined
}

describe('the server', () => {
  it('reads every setting somewhere', () => {
    const root = `${packages}server/src`
    const readers = sourcesIn(root)
      .filter((file) => !file.endsWith('/bounds/settings.ts'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
    const ignored = Object.keys(settings).filter((name) => !new RegExp(`\\b${name}\\b`).test(readers))
    expect(ignored, 'a limit that nothing reads limits nothing: read it where it holds').toEqual([])
  })

  it('looks up datasets by role, and names no table', () => {
    const root = `${packages}server/src`
    const held = Object.values(rolesOf(tushare)).map(({ dataset }) => dataset.name)
    expect(held).toHaveLength(5)
    const names = new RegExp(`\\b(${held.join('|')})\\b`)
    const naming = sourcesIn(root)
      // The sample market is Tushare's.
      .filter((file) => !file.includes('/ingest/sample-market/'))
      .filter((file) => names.test(readFileSync(file, 'utf8')))
      .map((file) => relative(root, file))
    expect(naming, 'take the dataset from rolesOf(catalogue); see packages/contract/src/roles.ts').toEqual([])
  })
})

describe('imports', () => {
  it('are all found', () => {
    expect(graphs.get('server')?.get('start/start.ts')).toContain('http/server.ts')
    expect(graphs.get('contract')?.get('index.ts')).toContain('dataset.ts')
    for (const name of names) {
      const files = new Set(graphs.get(name)?.keys())
      const lost = importsIn(name).filter(([, wanted]) => wanted.endsWith('.ts') && !files.has(wanted))
      expect(lost).toEqual([])
    }
  })

  it('run one way between packages: client and server import the contract, which imports neither', () => {
    const own = (name: (typeof names)[number]) =>
      new Set(
        importsIn(name)
          .map(([, wanted]) => wanted)
          .filter((wanted) => wanted.startsWith('@stockdb/')),
      )
    expect(own('contract')).toEqual(new Set())
    expect(own('notebook')).toEqual(new Set())
    const [declare, wire, internal] = ['@stockdb/contract', '@stockdb/contract/wire', '@stockdb/contract/internal']
    // The command `notebook` loads its package when it runs.
    expect(own('server')).toEqual(new Set([declare, wire, internal, '@stockdb/notebook/command']))
    // The internal entry includes zod, half a megabyte.
    expect(own('client')).toEqual(new Set([declare, wire]))
  })

  it('run one way inside the server, and never into a sibling folder', () => {
    const unknown = [...(graphs.get('server')?.keys() ?? [])].filter((file) => floorOf(file) < 0)
    expect(unknown, 'a new room belongs into the list of floors').toEqual([])
    const wrong = importsIn('server').filter(
      ([file, wanted]) => wanted.endsWith('.ts') && roomOf(file) !== roomOf(wanted) && floorOf(wanted) >= floorOf(file),
    )
    expect(wrong).toEqual([])
  })

  it('give plans no rows: what works on batches is in execute/', () => {
    const root = `${packages}server/src/plan`
    const wrong = sourcesIn(root).filter((file) => /\b(?:Batch|Vector)\b/.test(readFileSync(file, 'utf8')))
    expect(wrong.map((file) => relative(root, file))).toEqual([])
  })

  it("reach zod in the contract only from the server's entry, including types", () => {
    const graph = graphs.get('contract') ?? new Map<string, string[]>()
    const reached = (file: string, seen = new Set<string>()): Set<string> => {
      if (!seen.has(file)) for (const wanted of graph.get(file) ?? []) reached(wanted, seen.add(file))
      return seen.add(file)
    }
    expect(reached('internal.ts')).toContain('zod')
    expect(reached('wire.ts')).not.toContain('zod')
    expect(reached('index.ts')).not.toContain('zod')
    expect(reached('wire.ts')).toContain('flatbuffers')
    expect(reached('index.ts')).not.toContain('flatbuffers')
  })

  // V8 keeps an accessor in its old space from the start, and all that it refers to until the next full collection (0116).
  it.each(['contract', 'server'] as const)('of %s give no object literal an accessor', (name) => {
    const indented = /^ {4,}(?:get|set) \w+\(|[{,] (?:get|set) \w+\(/m
    const wrong = sourcesIn(`${packages}${name}/src`).filter((file) => indented.test(readFileSync(file, 'utf8')))
    expect(wrong.map((file) => relative(packages, file))).toEqual([])
  })

  it.each(names)('make no cycle in %s, including type imports', (name) => {
    expect(circleIn(graphs.get(name) ?? new Map())).toBeUndefined()
  })

  it.each(['contract', 'client'] as const)('of %s never name modules of Node', (name) => {
    const node = importsIn(name).filter(([, wanted]) => wanted.startsWith('node:') || builtinModules.includes(wanted))
    expect(node).toEqual([])
  })

  it('are reported if they make a cycle', () => {
    expect(
      circleIn(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
    ).toEqual(['b', 'c', 'b'])
  })
})
