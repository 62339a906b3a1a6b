import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runProgram } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const read = (...path: string[]): string => readFileSync(join(...path), 'utf8')

// What it makes is installed, compiled and run by `npm run check:packages`.
it('init makes a project of modules in a new folder, and prints how to go on', async () => {
  const folder = join(temporaryFolder(), 'My Strategies')
  const { code, stdout, stderr } = await runProgram(['init', folder])
  expect([code, stderr]).toEqual([0, ''])
  expect(readdirSync(folder).sort()).toEqual(['.gitignore', 'package.json', 'strategy.ts', 'tsconfig.json'])
  const manifest = JSON.parse(read(folder, 'package.json'))
  expect(manifest).toMatchObject({ name: 'my-strategies', private: true, type: 'module' })
  expect(Object.keys(manifest.dependencies)).toEqual(['@stockdb/client', '@stockdb/contract', '@stockdb/server'])
  for (const step of [`cd "${folder}"`, 'npm install', ...Object.keys(manifest.scripts).slice(0, 3)])
    expect(stdout).toContain(step)
})

it('init adds to what npm init -y wrote, and keeps the rest', async () => {
  const folder = temporaryFolder()
  const test = 'echo "Error: no test specified" && exit 1'
  const before = {
    name: 'mine',
    version: '2.0.0',
    type: 'commonjs',
    scripts: { test },
    dependencies: { '@stockdb/client': '9.9.9', x: '1' },
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(before))
  writeFileSync(join(folder, '.gitignore'), 'secret\n')
  expect((await runProgram(['init', folder])).code).toBe(0)
  const manifest = JSON.parse(read(folder, 'package.json'))
  expect(manifest).toMatchObject({
    name: 'mine',
    version: '2.0.0',
    type: 'module',
    dependencies: { '@stockdb/client': '9.9.9', x: '1' },
  })
  expect(Object.keys(manifest.scripts)).toEqual(['demo', 'serve', 'strategy', 'check'])
  expect(read(folder, '.gitignore')).toBe('secret\n')
})

it('init overwrites nothing, and does not turn scripts of CommonJS into modules', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'one'))
  writeFileSync(join(folder, 'one', 'strategy.ts'), '// mine')
  const one = await runProgram(['init', join(folder, 'one')])
  expect([one.code, one.stderr]).toEqual([
    1,
    expect.stringContaining('strategy.ts already exists; nothing was written'),
  ])
  expect(readdirSync(join(folder, 'one'))).toEqual(['strategy.ts'])
  mkdirSync(join(folder, 'two'))
  writeFileSync(join(folder, 'two', 'package.json'), '{"type":"commonjs"}')
  writeFileSync(join(folder, 'two', 'old.js'), 'require("fs")')
  const two = await runProgram(['init', join(folder, 'two')])
  expect([two.code, two.stderr]).toEqual([
    1,
    expect.stringContaining('lacks "type": "module", and old.js may need that'),
  ])
})

it('a catalogue that Node takes for CommonJS is refused with what to do', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}')
  const file = join(folder, 'stockdb.config.ts')
  writeFileSync(file, "import { tushare } from '@stockdb/contract'\nexport const catalogue = tushare\n")
  const { code, stderr } = await runProgram(['serve', '--port', '0', '--data', folder, '--config', file])
  expect(code).toBe(1)
  expect(stderr).toMatch(/stockdb: --config .*put "type": "module" into package\.json, or let its name end in \.mts\n$/)
})
