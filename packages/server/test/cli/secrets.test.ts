import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readAddressFiles } from '../../src/cli/address-files.ts'
import { withoutPassword } from '../../src/cli/options.ts'
import { runProgram, startProgram } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it.runIf(process.platform === 'linux')(
  'a password does not stay in the list of processes',
  { timeout: 60_000 },
  async () => {
    const address = 'mysql://me:a-se@cret@127.0.0.1:1/stocks'
    const folder = temporaryFolder()
    const program = startProgram(['serve', '--port', '0', '--data', folder, '--database', address])
    onTestFinished(() => void program.child.kill('SIGKILL'))
    const listed = (): string => readFileSync(`/proc/${program.child.pid}/cmdline`, 'latin1')
    await expect.poll(listed, { timeout: 30_000 }).toContain('me:***@127.0.0.1')
    expect(listed()).not.toContain('cret')
    expect(program.stderr + program.stdout).not.toContain('cret')
  },
)

it.each([
  ['mysql://me:secret@host/db', 'mysql://me:***@host/db'],
  ['mysql://me:se@cr/et@host/db', 'mysql://me:***@host/db'],
  ['mysql://me:se#cr?et@host/db', 'mysql://me:***@host/db'],
  ['mysql://me@host/db', 'mysql://me@host/db'],
  ['sqlite:a@b:c.db', 'sqlite:a@b:c.db'],
])('%s is shown as %s', (address, shown) => {
  expect(withoutPassword(address)).toBe(shown)
})

it('STOCKDB_DATABASE_FILE names a file that holds the address', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'address')
  writeFileSync(file, `sqlite:${join(folder, 'stock.db')}\n`)
  const { code, stdout } = await runProgram(['migrate', '--data', folder], { STOCKDB_DATABASE_FILE: file })
  expect(code).toBe(0)
  expect(stdout).toContain('daily')
  expect(readFileSync(join(folder, 'stock.db')).length).toBeGreaterThan(0)
})

it('a file without an address, or an address besides it, is refused', () => {
  const file = join(temporaryFolder(), 'address')
  expect(() => readAddressFiles({ STOCKDB_DATABASE_FILE: file })).toThrow(
    `STOCKDB_DATABASE_FILE: cannot read ${file} (ENOENT)`,
  )
  writeFileSync(file, '\n')
  expect(() => readAddressFiles({ STOCKDB_DATABASE_FILE: file })).toThrow('is empty; expected an address')
  const both = { STOCKDB_SQL_DATABASE_FILE: file, STOCKDB_SQL_DATABASE: 'sqlite:x' }
  expect(() => readAddressFiles(both)).toThrow(
    'STOCKDB_SQL_DATABASE_FILE: got it together with STOCKDB_SQL_DATABASE; expected one',
  )
})
