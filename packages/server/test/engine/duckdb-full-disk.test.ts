import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '@stockdb/client'
import { defineCatalogue, defineDataset, symbol, text } from '@stockdb/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ServingProgram, startServing } from '../support/program.ts'
import { sql } from '../support/sql.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const MB = 1_000_000
const LENGTH = 16_000
const fields = `code: { type: 'symbol', nullable: false, description: 'Code' }, note: { type: 'text', nullable: true, length: ${LENGTH}, description: 'Text' }`
const config = `export default { notes: { name: 'notes', description: 'Long texts', fields: { ${fields} }, key: ['code'], symbol: 'code' } }`
const catalogue = defineCatalogue({
  notes: defineDataset({
    name: 'notes',
    description: 'Long texts',
    fields: { code: symbol.required('Code'), note: text('Text', { length: LENGTH }) },
    ...{ key: ['code'], symbol: 'code' },
  }),
})

/** Lets a process write files up to a size: what is beyond fails, as on a full disk. */
function limitFiles(program: ServingProgram, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(program.child.pid), `--fsize=${bytes}:unlimited`])
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

async function openNotes() {
  const folder = temporaryFolder()
  const file = join(folder, 'notes.duckdb')
  writeFileSync(join(folder, 'stockdb.config.mjs'), config)
  const start = async () => {
    const args = ['--database', `duckdb:${file}`, '--data', folder, '--config', join(folder, 'stockdb.config.mjs')]
    const program = await startServing([...args, '--log-level', 'silent'])
    onTestFinished(() => void program.child.kill('SIGKILL'))
    return { program, db: await connect<typeof catalogue>(program.url, { retries: 0 }) }
  }
  const count = async () => (await sql(`duckdb:${file}`, 'select count(*) from notes'))[0]?.[0]
  return { file, start, count }
}

/** Texts that do not compress. */
const notes = (names: string, rows: number, length: number) =>
  Array.from({ length: rows }, (_, at) => ({
    code: `${names}${at}`,
    note: randomBytes((length * 3) / 4).toString('base64'),
  }))

// prlimit is a program of Linux.
describe.runIf(process.platform === 'linux')('a DuckDB file on a full disk', { timeout: 240_000 }, () => {
  it('invariant 5: a commit that cannot be written left nothing, and the next one is served', async () => {
    const { file, start, count } = await openNotes()
    const { program, db } = await start()
    await db.notes.upsert(notes('first', 1, 8))
    limitFiles(program, sizeOf(`${file}.wal`) + 50_000)
    await expect(db.notes.upsert(notes('lost', 10, LENGTH))).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringMatching(/it is full or fails; nothing was written \(request /),
    })
    await db.notes.upsert(notes('second', 1, 8))
    limitFiles(program, 'unlimited')
    expect((await db.notes.list({ fields: ['code'] })).numRows).toBe(2)
    program.child.kill('SIGKILL')
    expect(await program.ended).toBe('SIGKILL')
    expect(await count()).toBe(2n)
  })

  it('invariant 5: a write whose commit broke the database is settled by the same key', async () => {
    const { file, start, count } = await openNotes()
    const before = await start()
    await before.db.notes.upsert(notes('first', 1_800, LENGTH))
    before.program.child.kill('SIGTERM')
    expect(await before.program.ended).toBe(0)
    const { program, db } = await start()
    expect(sizeOf(file)).toBeGreaterThan(25 * MB)
    limitFiles(program, 20 * MB)
    // When its log has grown to 16 MiB, DuckDB writes what it holds into the file, which fails.
    let written = 0
    let failure: { readonly code: string; readonly idempotencyKey: string } | undefined
    let rows = notes('0.', 500, LENGTH)
    for (let round = 1; round < 6 && !failure; round++) {
      try {
        written += (await db.notes.upsert(rows, { timeoutMs: 10_000 })).inserted
        rows = notes(`${round}.`, 500, LENGTH)
      } catch (error) {
        failure = error as NonNullable<typeof failure>
      }
    }
    expect(failure).toMatchObject({ code: 'WRITE_OUTCOME_UNKNOWN', idempotencyKey: expect.any(String) })
    limitFiles(program, 'unlimited')
    const { idempotencyKey } = failure ?? {}
    expect(await db.notes.upsert(rows, { idempotencyKey })).toMatchObject({ inserted: 500, changed: 0 })
    program.child.kill('SIGKILL')
    expect(await program.ended).toBe('SIGKILL')
    expect(await count()).toBe(BigInt(1_800 + written + 500))
  })
})
