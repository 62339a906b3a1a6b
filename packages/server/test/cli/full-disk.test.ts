import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { makeToken } from '../../src/access/token.ts'
import { changeTokens, readTokens } from '../../src/access/token-file.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const bin = fileURLToPath(new URL('../../bin/stockdb.js', import.meta.url))
const LIMIT = 1_000

/** Runs the program on a disk that is full after so many bytes of each file: of a write across the end, it takes a part. */
async function runWithin(bytes: number, args: readonly string[]) {
  const child = spawn('prlimit', [`--fsize=${bytes}:unlimited`, process.execPath, bin, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  const [code] = await once(child, 'close')
  return { code, stderr }
}

// prlimit is a program of Linux.
describe.runIf(process.platform === 'linux')('on a full disk', () => {
  it('the tokens stay as they were', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'tokens.json')
    const names = Array.from({ length: 10 }, (_, at) => `n${at}`)
    await changeTokens(file, () => names.map((name) => makeToken({ name, scopes: ['read'] }, new Date()).token))
    for (const command of [
      ['create', '--name', 'x', '--scopes', 'read'],
      ['revoke', '--name', 'n1'],
    ]) {
      const { code, stderr } = await runWithin(LIMIT, ['token', ...command, '--data', folder])
      expect(stderr).toBe(`stockdb: cannot write the token file ${file} (EFBIG); the tokens are unchanged\n`)
      expect(code).toBe(1)
    }
    expect(readTokens(file).map(({ name }) => name)).toEqual(names)
    expect(readTokens(file).filter(({ revokedAt }) => revokedAt !== undefined)).toEqual([])
    expect(readdirSync(folder)).toEqual(['tokens.json'])
  })

  it('introspect keeps the catalogue that it should overwrite, and leaves no part of a new one', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'own.db')
    const database = new DatabaseSync(path)
    database.exec('create table px (code text, day text, close real, note text, primary key (code, day))')
    database.exec("insert into px values ('600519.SH', '20240102', 1, 'x')")
    database.close()
    const mine = `// ${'mine '.repeat(10)}\n`
    writeFileSync(join(folder, 'mine.ts'), mine)
    symlinkSync('mine.ts', join(folder, 'link.ts'))
    for (const out of ['new.ts', 'mine.ts', 'link.ts'].map((name) => join(folder, name))) {
      const args = ['introspect', '--database', `sqlite:${path}`, '--force', '--out', out]
      const { code, stderr } = await runWithin(100, args)
      expect(stderr).toBe(`stockdb: --out: cannot write ${out} (EFBIG)\n`)
      expect(code).toBe(1)
    }
    expect(readFileSync(join(folder, 'mine.ts'), 'utf8')).toBe(mine)
    expect(readdirSync(folder).sort()).toEqual(['link.ts', 'mine.ts', 'own.db'])
  })

  it('init keeps the package.json that is there', async () => {
    const folder = temporaryFolder()
    const manifest = JSON.stringify({ name: 'mine', type: 'module', description: 'x'.repeat(200) })
    writeFileSync(join(folder, 'package.json'), manifest)
    const { code, stderr } = await runWithin(100, ['init', folder])
    expect(stderr).toMatch(/^stockdb: init: got the folder .*; cannot write it \(EFBIG\)\n$/)
    expect(code).toBe(1)
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe(manifest)
    expect(readdirSync(folder)).toEqual(['package.json'])
  })
})
