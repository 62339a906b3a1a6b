import { statSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectClient } from '@stockdb/client'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { bar, fileOf, header } from '../support/bar-file.ts'
import { capturedLog } from '../support/captured-log.ts'
import { duckdb } from '../support/engines/duckdb.ts'
import { runProgram, startProgram, startServing } from '../support/program.ts'
import { serve } from '../support/serve.ts'
import type { Store } from '../support/stores.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const LINES = 200_000
const small = () => fileOf(`${header}\n${bar('000001.SZ', '20240102')}\n${bar('600519.SH', '20240102')}\n`)
const large = () =>
  fileOf(`${header}\n${Array.from({ length: LINES }, (_, at) => bar(`I${at}`, '20240102')).join('\n')}\n`)

describe('stockdb import beside a server that has the database for itself', { timeout: 120_000 }, () => {
  let store: Store
  beforeEach(async () => {
    store = (await duckdb.makers[0]?.open()) as Store
    return () => store.drop()
  })

  const command = (...files: string[]) => ['import', ...files, '--dataset', 'daily', '--database', store.address]
  const socket = () => `${store.address.slice('duckdb:'.length)}.sock`

  it('writes through it, file by file, and its readers have the rows at once', async () => {
    const { log, lines } = capturedLog()
    const { db, server, close } = await serve(store.address, { log })
    onTestFinished(close)
    const heard: string[] = []
    server.engine.onCommit(({ dataset }) => void heard.push(dataset))
    const bad = fileOf(`${header}\n${bar('000001', '20240103')}\n`)
    const { code, stdout, stderr } = await runProgram(command(small(), bad))
    expect(stdout).toMatch(
      new RegExp(`^through the server that has the database, process ${process.pid}\\n.*: 2 rows into daily .*: 2 new`),
    )
    expect(stderr).toMatch(/^stockdb: .*, line 2: ts_code: got "000001"; expected 000001\.SZ, the spelling/)
    expect(code).toBe(1)
    expect((await db.daily.range({ fields: ['close'] })).numRows).toBe(2)
    expect(heard).toContain('daily')
    const told = lines.filter(({ msg }) => msg === 'import')
    expect(told).toMatchObject([{ outcome: 'ok', rows: 2, inserted: 2 }, { outcome: 'INVALID_INPUT' }])
    // Anyone who can connect could write to the file itself.
    expect(statSync(socket()).mode & 0o777).toBe(0o600)
  })

  it('invariant 5: leaves nothing of a file when it is interrupted, or when the server stops', async () => {
    const served = await serve(store.address)
    const file = large()
    const interrupted = startProgram(command(file))
    await expect.poll(() => served.server.engine.load().open, { timeout: 60_000 }).toBeGreaterThan(0)
    await expect.poll(() => interrupted.stdout, { timeout: 60_000 }).toContain('through the server')
    await sleep(300)
    interrupted.child.kill('SIGINT')
    expect(await interrupted.ended).toBe(1)
    expect(interrupted.stderr).toBe('stockdb: interrupted; nothing of this file was imported\n')
    expect((await served.db.daily.range({ fields: ['close'] })).numRows).toBe(0)
    const stopped = startProgram(command(file))
    await expect.poll(() => stopped.stdout, { timeout: 60_000 }).toContain('through the server')
    await served.close()
    expect(await stopped.ended).toBe(1)
    expect(stopped.stderr).toBe('stockdb: the server of the database stopped; nothing of this file was imported\n')
    const again = await serve(store.address)
    onTestFinished(again.close)
    expect((await again.db.daily.range({ fields: ['close'] })).numRows).toBe(0)
  })

  it('invariant 5: says that it does not know when the server is killed, and works with the next server', async () => {
    const start = () => startServing(['--database', store.address, '--data', temporaryFolder()])
    const first = await start()
    const program = startProgram(command(large()))
    await expect.poll(() => program.stdout, { timeout: 60_000 }).toContain('through the server')
    await sleep(300)
    first.child.kill('SIGKILL')
    expect(await program.ended).toBe(1)
    expect(program.stderr).toMatch(/^stockdb: the server that has the database ended before it said .*; it is safe/)
    // The socket of the killed server is still there.
    expect(statSync(socket()).isSocket()).toBe(true)
    const second = await start()
    onTestFinished(() => void second.child.kill('SIGKILL'))
    expect(await runProgram(command(small()))).toMatchObject({ code: 0, stderr: '' })
    const db = await connectClient(second.url)
    expect((await db.daily.range({ fields: ['close'] })).numRows).toBe(2)
  })

  it('refuses another version of stockdb, and ends a connection that it does not understand', async () => {
    const { close } = await serve(store.address)
    onTestFinished(close)
    const answerTo = async (line: string): Promise<string> => {
      const connection = connect(socket()).setEncoding('utf8')
      connection.write(`${line}\n`)
      let text = ''
      for await (const chunk of connection) {
        text += chunk
        if (text.endsWith('\n')) break
      }
      return text
    }
    expect(await answerTo(JSON.stringify({ version: '0.0.0', request: { dataset: 'daily' } }))).toMatch(
      /"cannot import through the running server: it is stockdb .*, and this is 0\.0\.0; stop it, or use its version"/,
    )
    expect(await answerTo('no JSON')).toBe('')
  })
})
