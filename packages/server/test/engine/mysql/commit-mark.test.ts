import { setTimeout as sleep } from 'node:timers/promises'
import { createLog } from '@stockdb/server'
import { type PrivateServer, startPrivateServer } from '@stockdb/testing/private-server'
import { type Connection, createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultBounds } from '../../../src/bounds/settings.ts'
import type { Engine } from '../../../src/engine/engine.ts'
import { openEngine } from '../../../src/engine/open.ts'
import { callObserver } from '../../../src/telemetry/running-call.ts'

const signal = new AbortController().signal
const WRITERS = 2
const RUN_MS = 3_000

const engineOn = (url: string): Engine => openEngine(url, createLog('silent'), defaultBounds, callObserver)

describe('the mark of the last commit', () => {
  let server: PrivateServer
  let engine: Engine
  let outside: Connection
  const connect = (): Promise<Connection> => createConnection({ uri: `${server.url}/probe`, rowsAsArray: true })

  beforeAll(async () => {
    // Synced, so that the log is ahead of the tables for long enough to be seen.
    const gtids = ['--loose-gtid-mode=ON', '--loose-enforce-gtid-consistency=ON']
    server = await startPrivateServer(['--log-bin=log', '--sync-binlog=1', '--server-id=1', ...gtids])
    const admin = await createConnection(server.url)
    await admin.query('create database probe')
    await admin.end()
    outside = await connect()
    await outside.query('create table t (id int primary key, n int not null) engine = innodb')
    await outside.query(`insert into t values ${Array.from({ length: WRITERS }, (_, id) => `(${id}, 0)`).join(', ')}`)
    engine = engineOn(`${server.url}/probe`)
  }, 120_000)
  afterAll(async () => {
    await outside?.end()
    await engine?.close()
    await server?.stop()
  })

  it('changes with each commit, by anyone, and not with a read, a rollback or a write that is not committed', async () => {
    const first = (await engine.commitMark(signal)).text
    expect(first).toBeTypeOf('string')
    await outside.query('select * from t')
    await outside.query('begin')
    await outside.query('update t set n = n + 1')
    expect((await engine.commitMark(signal)).text).toBe(first)
    await outside.query('rollback')
    expect((await engine.commitMark(signal)).text).toBe(first)
    const marks = new Set([first])
    for (const write of [
      'update t set n = n + 1',
      'alter table t add m int',
      'insert into t values (99, 0, 0)',
      'delete from t where id = 99',
    ]) {
      await outside.query(write)
      marks.add((await engine.commitMark(signal)).text)
    }
    expect(marks.size).toBe(5)
  })

  it('is never ahead of what a reader sees', async () => {
    let writing = true
    const writers = Array.from({ length: WRITERS }, async (_, id) => {
      const connection = await connect()
      while (writing) {
        await connection.query('update t set n = n + 1 where id = ?', [id])
        await sleep(Math.random() * 300)
      }
      await connection.end()
    })
    const sum = async (): Promise<number> => {
      const [rows] = await outside.query('select sum(n) from t')
      return Number((rows as unknown[][])[0]?.[0])
    }
    const until = performance.now() + RUN_MS
    let same = 0
    while (performance.now() < until) {
      const mark = (await engine.commitMark(signal)).text
      const first = await sum()
      const second = await sum()
      if ((await engine.commitMark(signal)).text !== mark) continue
      same++
      expect(second).toBe(first)
    }
    writing = false
    await Promise.all(writers)
    expect(same).toBeGreaterThan(0)
  })
})

it('a server without a log tells nothing', async () => {
  const server = await startPrivateServer()
  const engine = engineOn(`${server.url}/mysql`)
  expect((await engine.commitMark(signal)).text).toBeUndefined()
  await engine.close()
  await server.stop()
}, 60_000)
