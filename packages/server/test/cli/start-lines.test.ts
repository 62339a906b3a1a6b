import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startServing } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const bin = fileURLToPath(new URL('../../bin/stockdb.js', import.meta.url))
const WAIT = { timeout: 15_000, interval: 100 }

describe('what "stockdb serve" says at its start', () => {
  it('is which datasets cannot be served, where tables of the user differ from their declarations', async () => {
    const file = join(temporaryFolder(), 'mine.db')
    const database = new DatabaseSync(file)
    database.exec(`create table trade_cal (exchange text, cal_date date, is_open integer, pretrade_date date, primary key (exchange, cal_date));
      create table daily (ts_code text, day text, price real)`)
    database.close()
    const server = await startServing(['--database', `sqlite:${file}`])
    onTestFinished(() => void server.child.kill('SIGKILL'))
    await expect
      .poll(() => server.stderr, WAIT)
      .toMatch(
        /"1 of \d+ datasets can be served; \d+ have no table \([a-z_]+, .*, …\), 1 differ from their tables \(daily\)\. \\"npx stockdb introspect\\" declares/,
      )
  })

  it('is nothing of tables in a file of its own, and made for people on a terminal', async () => {
    const command = `exec ${process.execPath} ${bin} serve --port 0 --data ${temporaryFolder()}`
    // The shell of `script` is replaced by the program, so that it ends with it.
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void terminal.kill('SIGTERM'))
    let shown = ''
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text
    })
    const listening = /stockdb listening on (http:\S+)/
    await expect.poll(() => shown, WAIT).toMatch(listening)
    const [, url] = listening.exec(shown) ?? []
    await (await fetch(`${url}/trpc/meta.info`)).text()
    // A time, a level and a message, in colours.
    const colour = String.fromCharCode(27)
    await expect
      .poll(() => shown.replaceAll(colour, '').replaceAll(/\[\d+m/g, ''), WAIT)
      .toMatch(/\[[\d:.]+\] INFO .*: call/)
    expect(shown).toContain(`${colour}[`)
    expect(shown).not.toContain('{"level"')
    expect(shown).not.toContain('can be served')
  })
})
