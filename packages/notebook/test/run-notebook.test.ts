import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { runNotebook, watchNotebook } from '../src/command.ts'
import { cellsOf } from '../src/document/cells.ts'
import { NotebookRun } from '../src/run-notebook.ts'

const folder = mkdtempSync(join(tmpdir(), 'stockdb-notebook-'))
afterAll(() => rmSync(folder, { recursive: true }))

const CELL_TIMEOUT_MS = 20_000

function notebook(name: string, ...cells: string[]): string {
  const file = join(folder, name)
  writeFileSync(file, cells.map((cell) => `// %%\n${cell}`).join('\n\n'))
  return file
}

async function ran(file: string, cellTimeoutMs = CELL_TIMEOUT_MS) {
  const run = new NotebookRun(file, cellTimeoutMs)
  onTestFinished(() => run.stop())
  return (await run.run(cellsOf(readFileSync(file, 'utf8')))).flatMap(({ result }) => (result ? [result] : []))
}

describe('a notebook', () => {
  it('shows what its cells print, show and end with, in order', async () => {
    const file = notebook(
      'order.ts',
      "console.log('a', 1)\nprocess.stdout.write('')\nshown.show([{ x: 1, y: '<b>' }])\nconsole.log('b')\n40 + 2",
    )
    writeFileSync(
      file,
      `import * as shown from ${JSON.stringify(join(import.meta.dirname, '../src/show.ts'))}\n${readFileSync(file, 'utf8')}`,
    )
    const [, second] = await ran(file)
    expect(second?.status).toBe('done')
    expect(second?.outputs).toEqual([
      { kind: 'text', text: 'a 1\n' },
      {
        kind: 'html',
        html: '<table><thead><tr><th>x</th><th>y</th></tr></thead><tbody><tr><td class="number">1</td><td>&lt;b&gt;</td></tr></tbody></table>',
      },
      { kind: 'text', text: 'b\n42' },
    ])
  })

  it('imports from its own folder', async () => {
    writeFileSync(join(folder, 'helper.ts'), 'export const twice = (x: number): number => 2 * x\n')
    const [first] = await ran(notebook('imports.ts', "import { twice } from './helper.ts'\ntwice(4)"))
    expect(first?.outputs).toEqual([{ kind: 'text', text: '8' }])
  })

  it('stops at a cell that fails, with the line of the mistake', async () => {
    const file = notebook('fails.ts', 'const a = 1', 'a\n\nthrow new TypeError("wrong")', 'a')
    const [first, second, third] = await ran(file)
    expect([first?.status, second?.status, third?.status]).toEqual(['done', 'failed', 'skipped'])
    expect(second?.outputs).toEqual([{ kind: 'error', text: `TypeError: wrong\n    at ${file}:7:7` }])
  })

  it('fails at a cell that takes too long, and at one that ends the process', async () => {
    const [slow] = await ran(notebook('slow.ts', 'await new Promise((resolve) => setTimeout(resolve, 60_000))'), 500)
    expect(slow?.outputs).toEqual([{ kind: 'error', text: 'the cell took longer than 0.5 s' }])
    const [gone] = await ran(notebook('gone.ts', 'process.exit(3)'))
    expect(gone?.outputs).toEqual([{ kind: 'error', text: 'the process of the notebook ended (exit code 3)' }])
  })

  it('runs again from the first changed cell on, with the variables of the cells above', async () => {
    const count = 'globalThis.runs = (globalThis.runs ?? 0) + 1\nglobalThis.runs'
    const file = notebook('again.ts', count, 'const b = 1', 'b')
    const run = new NotebookRun(file, CELL_TIMEOUT_MS)
    onTestFinished(() => run.stop())
    const outputs = async (text: string) => (await run.run(cellsOf(text))).map(({ result }) => result?.outputs)
    const text = readFileSync(file, 'utf8')
    expect(await outputs(text)).toEqual([[{ kind: 'text', text: '1' }], [], [{ kind: 'text', text: '1' }]])
    expect(await outputs(text.replace('b = 1', 'b = 5'))).toEqual([
      [{ kind: 'text', text: '1' }],
      [],
      [{ kind: 'text', text: '5' }],
    ])
    expect(await outputs(text.replace('+ 1', '+ 10'))).toEqual([
      [{ kind: 'text', text: '11' }],
      [],
      [{ kind: 'text', text: '1' }],
    ])
  })
})

describe('the command', () => {
  const options = { cellTimeoutMs: CELL_TIMEOUT_MS, say: () => {} }

  it('writes a page that needs nothing from elsewhere, and a notebook for Jupyter', async () => {
    const file = join(folder, 'study.ts')
    writeFileSync(file, '// %% [markdown]\n// # A <study>\n\n// %%\nconst a: number = 1\na\n')
    const [out, ipynb] = [join(folder, 'study.html'), join(folder, 'study.ipynb')]
    expect(await runNotebook({ ...options, file, out, ipynb })).toEqual({ cells: 1, failed: 0 })
    const html = readFileSync(out, 'utf8')
    expect(html).toContain('<title>A &lt;study&gt;</title>')
    expect(html).not.toMatch(/(?:src|href)=(?!"data:)/)
    const { cells, metadata, nbformat } = JSON.parse(readFileSync(ipynb, 'utf8'))
    expect([nbformat, metadata.kernelspec.name]).toEqual([4, 'deno'])
    expect(
      cells.map(({ cell_type, source }: { cell_type: string; source: string[] }) => [cell_type, source.join('')]),
    ).toEqual([
      ['markdown', '# A <study>'],
      ['code', 'const a: number = 1\na'],
    ])
  })

  it('serves the page while it watches, and tells it when the notebook changed', async () => {
    const file = join(folder, 'watched.ts')
    writeFileSync(file, "'before'\n")
    const ended = new AbortController()
    const lines: string[] = []
    const watching = watchNotebook({ ...options, say: (line) => lines.push(line), file, port: 0 }, ended.signal)
    await expect.poll(() => lines[0], { timeout: 10_000 }).toMatch(/http:\/\/127\.0\.0\.1:\d+/)
    const url = /http:\S+\d/.exec(lines[0] ?? '')?.[0] ?? ''
    const page = async () => (await fetch(url)).text()
    await expect.poll(page, { timeout: 10_000 }).toContain('<pre class="output">before</pre>')
    const changes = await fetch(`${url}/changes`)
    const reader = changes.body?.pipeThrough(new TextDecoderStream()).getReader()
    writeFileSync(file, "'after'\n")
    let told = ''
    while (!told.includes('data: changed')) told += (await reader?.read())?.value ?? ''
    expect(await page()).toContain('<pre class="output">after</pre>')
    ended.abort()
    await reader?.cancel()
    await watching
    await expect(fetch(url)).rejects.toThrow()
  })
})
