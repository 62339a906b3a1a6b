import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PrivateServer, startPrivateServer } from '../src/private-server.ts'

async function ask(url: string, sql: string): Promise<unknown> {
  const connection = await createConnection({ uri: url, rowsAsArray: true, connectTimeout: 5_000 })
  try {
    const [rows] = await connection.query(sql)
    return rows
  } finally {
    await connection.end()
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits until the condition holds, for at most 10 s. */
async function eventually(condition: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 100 && !condition(); tries++) await sleep(100)
  return condition()
}

describe('startPrivateServer', () => {
  let server: PrivateServer
  beforeAll(async () => {
    server = await startPrivateServer()
  })
  afterAll(() => server.stop())

  it('answers on loopback as root without a password', async () => {
    expect(server.url).toMatch(/^mysql:\/\/root@127\.0\.0\.1:\d+$/)
    expect(await ask(server.url, 'select @@port')).toEqual([[Number(new URL(server.url).port)]])
  })

  it('refuses connections after SIGKILL and restarts on the same port with its data', async () => {
    await ask(server.url, 'create database kept')
    const before = { url: server.url, pid: server.pid }
    await server.kill('SIGKILL')
    await expect(ask(server.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await server.restart()
    expect(server.url).toBe(before.url)
    expect(server.pid).not.toBe(before.pid)
    expect(await ask(server.url, "show databases like 'kept'")).toEqual([['kept']])
  })

  it('restarts gracefully while it runs', async () => {
    const { pid } = server
    await server.restart()
    expect(isAlive(pid)).toBe(false)
    expect(await ask(server.url, 'select 1')).toEqual([[1]])
  })

  it('can be frozen and thawed', async () => {
    await server.kill('SIGSTOP')
    const answer = ask(server.url, 'select 1')
    expect(await Promise.race([answer, sleep(200, 'frozen')])).toBe('frozen')
    await server.kill('SIGCONT')
    expect(await answer).toEqual([[1]])
  })

  it('leaves no process and no folder behind', async () => {
    const { pid, folder } = server
    expect(existsSync(folder)).toBe(true)
    await server.stop()
    expect(isAlive(pid)).toBe(false)
    expect(existsSync(folder)).toBe(false)
    await expect(server.restart()).rejects.toThrow('was stopped')
  })

  it('leaves nothing behind when its process is killed', async () => {
    const holder = spawn(process.execPath, [fileURLToPath(new URL('./fixtures/hold-server.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(createInterface(holder.stdout), 'line')) as [string]
    const { pid, folder } = JSON.parse(line) as { pid: number; folder: string }
    expect(isAlive(pid) && existsSync(folder)).toBe(true)
    holder.kill('SIGKILL')
    expect(await eventually(() => !existsSync(folder))).toBe(true)
    expect(await eventually(() => !isAlive(pid))).toBe(true)
  })
})
