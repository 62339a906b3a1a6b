import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { npmParent } from '../../src/cli/npm-parent.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

async function urlOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout) {
    for await (const line of createInterface({ input: stdout })) {
      const url = /^stockdb listening on (\S+)$/.exec(line)?.[1]
      if (url !== undefined) return url
    }
  }
  throw new Error('it ended before it was ready')
}

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/healthz`, { headers: { connection: 'close' } }).then(
    () => true,
    () => false,
  )

/** A process group of its own, which is gone after the test. */
function start(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcess {
  const child = spawn(program, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => {
    try {
      process.kill(-Number(child.pid), 'SIGKILL')
    } catch {
      // It is gone already.
    }
  })
  return child
}

const serve = ['serve', '--port', '0', '--data']

it.runIf(process.platform === 'linux').each<NodeJS.Signals>(['SIGTERM', 'SIGKILL'])(
  'a server that npx started stops when npx is ended by %s',
  { timeout: 60_000 },
  async (signal) => {
    const npx = start('npx', ['--no-install', 'stockdb', ...serve, temporaryFolder()])
    const url = await urlOf(npx)
    expect(await answers(url)).toBe(true)
    npx.kill(signal)
    await expect.poll(() => answers(url), { timeout: 20_000, interval: 200 }).toBe(false)
  },
)

it('a server that npm did not start stays when the shell that started it ends', { timeout: 60_000 }, async () => {
  const { npm_execpath: _, ...env } = process.env
  const shell = start(
    'sh',
    ['-c', `node packages/server/bin/stockdb.js ${serve.join(' ')} ${temporaryFolder()} & wait`],
    env,
  )
  const url = await urlOf(shell)
  shell.kill('SIGKILL')
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(await answers(url)).toBe(true)
})

it('finds no npm above a process that only inherited the environment of one', () => {
  // vitest, which runs this, is no shell.
  expect(npmParent()).toBeUndefined()
})
