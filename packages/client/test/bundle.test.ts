import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build, type Metafile } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'

const packages = fileURLToPath(new URL('../../', import.meta.url))

describe('the bundle for a browser', () => {
  let outputs: Metafile['outputs'] = {}

  beforeAll(async () => {
    const { metafile } = await build({
      entryPoints: [`${packages}client/dist/index.js`],
      ...{ bundle: true, minify: true, splitting: true, format: 'esm', platform: 'browser' },
      ...{ outdir: 'bundle', write: false, metafile: true },
    })
    outputs = metafile.outputs
  })

  /** The chunks that a page loads with an entry, or also those that it may load later. */
  function chunksOf(entry: string, later: boolean): string[] {
    const reached = new Set<string>()
    const visit = (name: string): void => {
      if (reached.has(name)) return
      reached.add(name)
      for (const { path, kind } of outputs[name]?.imports ?? []) if (later || kind === 'import-statement') visit(path)
    }
    visit(entry)
    return [...reached]
  }

  const inputsOf = (chunks: readonly string[]): string[] =>
    chunks.flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}))
  const bytesOf = (chunks: readonly string[]): number =>
    chunks.reduce((bytes, name) => bytes + (outputs[name]?.bytes ?? 0), 0)

  it('loads at most 200 KB initially', () => {
    const atOnce = chunksOf('bundle/index.js', false)
    expect(inputsOf(atOnce).some((file) => file.includes('client/dist/connect.js'))).toBe(true)
    expect(bytesOf(atOnce)).toBeGreaterThan(50_000)
    expect(bytesOf(atOnce)).toBeLessThan(200_000)
  })

  it('contains neither zod nor server code, nor how the server checks arguments', () => {
    const all = inputsOf(chunksOf('bundle/index.js', true))
    expect(
      all.filter((file) =>
        /node_modules\/(zod|undici)\/|contract\/dist\/(schemas|internal|inputs\/argument)/.test(file),
      ),
    ).toEqual([])
  })

  it('keeps Kysely in a separate chunk with nothing else in it', () => {
    const isKysely = (file: string): boolean => file.includes('node_modules/kysely/')
    expect(inputsOf(chunksOf('bundle/index.js', false)).filter(isKysely)).toEqual([])
    const chunks = Object.keys(outputs).filter((name) => inputsOf([name]).some(isKysely))
    expect(chunks).toHaveLength(1)
    expect(inputsOf(chunks).filter((file) => !isKysely(file))).toEqual(['packages/client/dist/query/kysely.js'])
    expect(bytesOf(chunks)).toBeLessThan(150_000)
  })
})

describe('in Node', () => {
  it('importing the client loads neither zod nor Kysely nor undici', async () => {
    const program = `
      import { registerHooks } from 'node:module'
      const loaded = []
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
      await import('@stockdb/client')
      console.log(JSON.stringify(loaded))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: `${packages}client`,
    })
    const loaded = JSON.parse(stdout) as string[]
    expect(loaded.some((url) => url.endsWith('client/dist/connect.js'))).toBe(true)
    expect(loaded.filter((url) => /node_modules\/(zod|kysely|undici)\/|contract\/dist\/internal/.test(url))).toEqual([])
  })
})
