import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tushare } from '@stockdb/contract'
import { rolesOf } from '@stockdb/contract/internal'
import { describe, expect, it } from 'vitest'
import { importsOf, sourcesIn } from './support/source-imports.ts'

const packages = fileURLToPath(new URL('../../', import.meta.url))
const names = ['contract', 'server', 'client'] as const

/** What every file of a package imports, by the paths of files inside the package, or by the name of another package. */
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

/** The rooms of the server from the ground up; a file imports from its own room and from lower floors. */
const floors: readonly (readonly string[])[] = [
  ['bounds', 'version.ts'],
  ['engine'],
  ['telemetry'],
  ['plan', 'access', 'sql'],
  ['execute', 'ingest', 'introspect'],
  ['api'],
  ['http'],
  ['start.ts'],
  ['cli', 'index.ts'],
]

const roomOf = (file: string): string => file.split('/')[0] ?? ''
const floorOf = (file: string): number => floors.findIndex((rooms) => rooms.includes(roomOf(file)))

/** One circle of a graph, as a path that comes back to its first file. */
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
  it('looks datasets up by their roles, and names no table', () => {
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
  it('are all seen', () => {
    expect(graphs.get('server')?.get('start.ts')).toContain('http/server.ts')
    expect(graphs.get('contract')?.get('index.ts')).toContain('dataset.ts')
    for (const name of names) {
      const files = new Set(graphs.get(name)?.keys())
      const lost = importsIn(name).filter(([, wanted]) => wanted.endsWith('.ts') && !files.has(wanted))
      expect(lost).toEqual([])
    }
  })

  it('run one way between packages: the contract knows nobody, client and server know the contract', () => {
    const own = (name: (typeof names)[number]) =>
      new Set(
        importsIn(name)
          .map(([, wanted]) => wanted)
          .filter((wanted) => wanted.startsWith('@stockdb/')),
      )
    expect(own('contract')).toEqual(new Set())
    const [declare, wire, internal] = ['@stockdb/contract', '@stockdb/contract/wire', '@stockdb/contract/internal']
    expect(own('server')).toEqual(new Set([declare, wire, internal]))
    // What is internal carries zod, half a megabyte.
    expect(own('client')).toEqual(new Set([declare, wire]))
  })

  it('run one way inside the server, and never into a neighbouring room', () => {
    const unknown = [...(graphs.get('server')?.keys() ?? [])].filter((file) => floorOf(file) < 0)
    expect(unknown, 'a new room belongs into the list of floors').toEqual([])
    const wrong = importsIn('server').filter(
      ([file, wanted]) => wanted.endsWith('.ts') && roomOf(file) !== roomOf(wanted) && floorOf(wanted) >= floorOf(file),
    )
    expect(wrong).toEqual([])
  })

  it('reach zod in the contract from the entry for the server alone, types included', () => {
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

  it.each(names)('make no circle in %s, type imports included', (name) => {
    expect(circleIn(graphs.get(name) ?? new Map())).toBeUndefined()
  })

  it.each(['contract', 'client'] as const)('of %s are none of Node', (name) => {
    const node = importsIn(name).filter(([, wanted]) => wanted.startsWith('node:') || builtinModules.includes(wanted))
    expect(node).toEqual([])
  })

  it('would be told to make a circle', () => {
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
