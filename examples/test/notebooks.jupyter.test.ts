import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nbconvert } from '@stockdb/testing/jupyter'
import { denoProgram } from '@stockdb/testing/runtimes'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root, run, type SampleServer, startSample } from './run-example.ts'

const folder = mkdtempSync(join(tmpdir(), 'stockdb-jupyter-'))
let server: SampleServer

interface JupyterCell {
  readonly cell_type: string
  readonly outputs?: readonly { readonly output_type: string; readonly data?: Readonly<Record<string, unknown>> }[]
}

beforeAll(async () => {
  const kernel = join(folder, 'kernels', 'deno')
  mkdirSync(kernel, { recursive: true })
  const argv = [denoProgram(), 'jupyter', '--kernel', '--conn', '{connection_file}']
  writeFileSync(join(kernel, 'kernel.json'), JSON.stringify({ argv, display_name: 'Deno', language: 'typescript' }))
  server = await startSample()
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

it.each(['first-look', 'momentum'])(
  "the notebook %s runs in Jupyter with Deno's kernel",
  { timeout: 60_000 },
  async (name) => {
    // Next to the original, because packages are resolved from a notebook's folder.
    const file = join('examples', 'notebooks', `${name}-${process.pid}.ipynb`)
    try {
      const written = await run('stockdb', ['notebook', join('examples', 'notebooks', `${name}.ts`), '--ipynb', file])
      expect(written.code).toBe(0)
      const environment = [`STOCKDB_URL=${server.url}`, `JUPYTER_PATH=${folder}`, 'DENO_NO_UPDATE_CHECK=1']
      const { code, stderr } = await run('env', [
        ...environment,
        nbconvert() ?? '',
        ...['--to', 'notebook', '--execute', '--inplace', file],
      ])
      expect(code, stderr).toBe(0)
      const { cells } = JSON.parse(readFileSync(join(root, file), 'utf8')) as { cells: JupyterCell[] }
      const shown = cells.flatMap(({ outputs = [] }) => outputs.map(({ data = {} }) => Object.keys(data)))
      expect(shown.flat()).toEqual(expect.arrayContaining(['text/html', 'image/svg+xml']))
    } finally {
      rmSync(join(root, file), { force: true })
    }
  },
)
