import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, ForbiddenError, UnauthorizedError } from '@stockdb/client'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { parseHere } from '../support/command-line.ts'
import { runProgram, startServing } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? ''

describe('stockdb token', () => {
  it('creates tokens that a running server accepts at once, and revokes them', async () => {
    const data = temporaryFolder()
    const server = await startServing(['--data', data])
    onTestFinished(() => void server.child.kill('SIGKILL'))
    expect((await connect(server.url)).daily).toBeDefined()

    const made = await runProgram([
      'token',
      'create',
      '--data',
      data,
      '--name',
      'bot',
      '--scopes',
      'read',
      '--expires',
      '90d',
    ])
    expect(made).toMatchObject({ code: 0, stderr: '' })
    const token = lastLine(made.stdout)
    expect(token).toMatch(/^stockdb_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/)
    await sleep(300)
    await expect(connect(server.url)).rejects.toBeInstanceOf(UnauthorizedError)
    const db = await connect(server.url, { token, retries: 0 })
    expect((await db.daily.range()).numRows).toBe(0)

    const listed = await runProgram(['token', 'list', '--data', data])
    expect(listed.stdout).toMatch(/^bot {2}read {2}all datasets {2}created \S+ {2}expires \S+\n$/)

    expect(await runProgram(['token', 'revoke', '--data', data, '--name', 'bot'])).toMatchObject({ code: 0 })
    await sleep(300)
    const refusal = db.daily.range()
    await expect(refusal).rejects.toThrow(UnauthorizedError)
    await expect(refusal).rejects.toThrow(/the token "bot" was revoked at/)
    expect((await runProgram(['token', 'list', '--data', data])).stdout).toContain('revoked')

    const again = await runProgram([
      'token',
      'create',
      '--data',
      data,
      '--name',
      'bot',
      '--scopes',
      'write,read',
      '--datasets',
      'daily',
    ])
    await sleep(300)
    const narrow = await connect(server.url, { token: lastLine(again.stdout), retries: 0 })
    expect((await narrow.daily.range()).numRows).toBe(0)
    await expect(narrow.calendar.next({ date: '2024-01-02' })).rejects.toThrow(ForbiddenError)

    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    for (const text of [server.stderr, readFileSync(join(data, 'tokens.json'), 'utf8')]) {
      for (const secret of [token, lastLine(again.stdout)]) expect(text).not.toContain(secret)
    }
    expect(server.stderr).toContain('"caller":"bot"')
  })

  it('creates tokens for datasets of a custom catalogue', async () => {
    const data = temporaryFolder()
    const config = join(data, 'own.json')
    const dataset = { name: '日线', managed: false, description: 'Mine', key: ['code'], symbol: 'code' }
    const fields = { code: { type: 'symbol', nullable: false, description: 'Code' } }
    writeFileSync(config, JSON.stringify({ 日线: { ...dataset, fields } }))
    const create = (datasets: string) =>
      runProgram([
        ...['token', 'create', '--data', data, '--config', config],
        ...['--name', 'mine', '--scopes', 'read', '--datasets', datasets],
      ])
    const refused = await create('daily')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(
      /--datasets: got "daily", which is not a dataset of .*own\.json; expected some of 日线/,
    )
    expect(await create('日线')).toMatchObject({ code: 0, stderr: '' })
    expect((await runProgram(['token', 'list', '--data', data])).stdout).toContain('日线')
  })

  it('is required for an address reachable from other machines', async () => {
    const data = temporaryFolder()
    const refused = await runProgram(['serve', '--data', data, '--host', '0.0.0.0', '--port', '0'])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(
      /^stockdb: --host: got 0\.0\.0\.0, which other machines can reach, .*stockdb token create.*\n$/,
    )
    await runProgram(['token', 'create', '--data', data, '--name', 'a', '--scopes', 'read'])
    const server = await startServing(['--data', data, '--host', '0.0.0.0'])
    onTestFinished(() => void server.child.kill('SIGKILL'))
    expect((await fetch(`${server.url.replace('0.0.0.0', '127.0.0.1')}/trpc/meta.info`)).status).toBe(401)
  })

  it.each([
    [['create', '--scopes', 'read'], /--name/],
    [['create', '--name', 'a'], /--scopes/],
    [['create', '--name', 'a', '--scopes', 'read,root'], /Expected one or more of read, write, sql, admin/],
    [['create', '--name', 'a', '--scopes', ''], /Expected one or more of/],
    [['create', '--name', 'a b', '--scopes', 'read'], /--name: got "a b"; expected/],
    [['create', '--name', 'anonymous', '--scopes', 'read'], /neither anonymous nor unknown/],
    [['create', '--name', 'a', '--scopes', 'read', '--expires', 'soon'], /such as 90d, 12h or 30m/],
    [['create', '--name', 'a', '--scopes', 'read', '--datasets', ','], /names of datasets/],
    [
      ['create', '--name', 'a', '--scopes', 'read', '--datasets', 'daily,dialy'],
      /--datasets: got "dialy", which is not a dataset of Tushare's \(--config .*expected some of .*daily/,
    ],
    [['revoke', '--name', 'nobody'], /there is no token "nobody"/],
  ])('refuses %j and says why', async (args, message) => {
    vi.stubEnv('STOCKDB_DATA', temporaryFolder())
    onTestFinished(() => void vi.unstubAllEnvs())
    const { code, stdout, stderr } = await parseHere(['token', ...args])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(message)
  })

  it('refuses a second token of the same name', async () => {
    const env = { STOCKDB_TOKENS: join(temporaryFolder(), 'keys.json') }
    const args = ['token', 'create', '--name', 'a', '--scopes', 'read']
    expect((await runProgram(args, env)).code).toBe(0)
    const second = await runProgram(args, env)
    expect([second.code, second.stdout]).toEqual([1, ''])
    expect(second.stderr).toMatch(/there is already a token "a"/)
  })
})
