import { expect, it, onTestFinished } from 'vitest'
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
