import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { startProgram, startServing } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it.each(['stdout', 'stderr'] as const)(
  'a server keeps running and exits cleanly after its %s is closed',
  async (name) => {
    const program = await startServing(['--data', temporaryFolder(), '--log-level', 'debug'])
    onTestFinished(() => void program.child.kill('SIGKILL'))
    program.child[name]?.destroy()
    for (let round = 0; round < 3; round++) {
      expect((await fetch(`${program.url}/healthz`)).status).toBe(200)
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
    program.child.kill('SIGTERM')
    expect(await program.ended).toBe(0)
  },
)

it('a command completes although its output is closed', async () => {
  const folder = temporaryFolder()
  const program = startProgram(['token', 'create', '--name', 'x', '--scopes', 'read', '--data', folder])
  program.child.stdout?.destroy()
  expect(await program.ended).toBe(0)
  expect(program.stderr).not.toMatch(/EPIPE|at /)
})

describe.runIf(process.platform === 'linux')('standard output on a full disk', () => {
  const bin = fileURLToPath(new URL('../../bin/stockdb.js', import.meta.url))
  const run = (...args: string[]) => {
    const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] })
    let text = ''
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    return { child, said: () => text, ended: once(child, 'close').then(([code, signal]) => code ?? signal) }
  }

  const freePort = async (): Promise<number> => {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo
    probe.close()
    return port
  }

  it('fails a command with one sentence', async () => {
    const { said, ended } = run('token', 'create', '--name', 'x', '--scopes', 'read', '--data', temporaryFolder())
    expect(await ended).toBe(1)
    expect(said()).toBe('stockdb: cannot write to standard output (ENOSPC)\n')
  })

  it('does not end a server', async () => {
    const port = await freePort()
    const { child, said, ended } = run(
      'serve',
      '--port',
      String(port),
      '--data',
      temporaryFolder(),
      '--log-level',
      'info',
    )
    onTestFinished(() => void child.kill('SIGKILL'))
    await vi.waitFor(() => expect(said()).toContain('cannot write to standard output (ENOSPC)'), 20_000)
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})
