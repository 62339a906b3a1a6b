import { constants, Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { transformCell } from '../../src/kernel/transform-cell.ts'

const options = { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER }
const origin = { url: 'file:///a/study.ts', filename: '/a/study.ts', dirname: '/a' }

/** Runs cells as the kernel does, with variables that are global for the time being. */
async function run(...cells: string[]): Promise<unknown> {
  let result: unknown
  const declared = new Set<string>()
  try {
    for (const cell of cells) {
      const { code, variables } = transformCell(cell, origin)
      for (const name of variables) {
        declared.add(name)
        if (!(name in globalThis)) Object.assign(globalThis, { [name]: undefined })
      }
      result = await new Script(code, options).runInThisContext()
    }
    return result
  } finally {
    for (const name of declared) Reflect.deleteProperty(globalThis, name)
  }
}

describe('a cell', () => {
  it('shares its variables with later cells, which may change them', async () => {
    expect(await run('let count = 1, other', 'count += 1; other = 5', '[count, other]')).toEqual([2, 5])
  })

  it('shares what it takes apart', async () => {
    const cell = 'const { a, b: [c, ...d], e = 4, ...f } = { a: 1, b: [2, 3], g: 5 }'
    expect(await run(cell, '({ a, c, d, e, f })')).toEqual({ a: 1, c: 2, d: [3], e: 4, f: { g: 5 } })
  })

  it('shares functions, which can be called before their line, and classes', async () => {
    expect(
      await run('const early = f(); function f() { return 7 }\nclass A { n = f() }', '[early, new A().n]'),
    ).toEqual([7, 7])
  })

  it('imports by default, by name, whole, and under other names', async () => {
    const cell = "import path, { join as j } from 'node:path'\nimport * as url from 'node:url'\nimport 'node:fs'"
    expect(await run(cell, "[path.sep, j('a', 'b'), typeof url.pathToFileURL]")).toEqual(['/', 'a/b', 'function'])
  })

  it('may be run again', async () => {
    expect(await run('const once = 1', 'const once = 2', 'once')).toBe(2)
  })

  it('awaits at its top level, and its last expression is its result', async () => {
    expect(await run('await Promise.resolve(3)')).toBe(3)
    expect(await run('3; const x = 4')).toBeUndefined()
  })

  it('has no types left, and keeps its lines', () => {
    const { code } = transformCell(
      'interface P {\n  x: number\n}\nimport {\n  join,\n} from "node:path"\nconst p: P = { x: 1 }',
      origin,
    )
    expect(code.split('\n').findIndex((line) => line.includes('{ x: 1 }'))).toBe(6)
  })

  it('leaves out the marks of exports', async () => {
    expect(
      await run('export const a = 1\nexport function f() { return a }\nexport default a\nexport { a as b }', 'f()'),
    ).toBe(1)
  })

  it('knows its file', async () => {
    expect(await run('import.meta.dirname')).toBe('/a')
  })

  it('is strict, as modules are', async () => {
    await expect(run('undeclared = 1')).rejects.toThrow('undeclared is not defined')
  })

  it('refuses what cannot be parsed', () => {
    expect(() => transformCell('const = 1', origin)).toThrow(SyntaxError)
    expect(() => transformCell('enum A { B }', origin)).toThrow(SyntaxError)
  })
})
