import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ServingProgram, startProgram, whenReady } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const failing = fileURLToPath(new URL('../fixtures/failing-server.ts', import.meta.url))

async function serve(data: string): Promise<ServingProgram> {
  const program = await whenReady(startProgram(['serve', '--port', '0', '--data', data], {}, failing))
  onTestFinished(() => void program.child.kill('SIGKILL'))
  return program
}

interface Line {
  readonly msg: string
  readonly calls?: readonly { readonly path: string }[]
  readonly lastEnd?: { readonly state: string; readonly rssBytes: number }
}

const linesOf = (program: ServingProgram): Line[] =>
  program.stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line)

/** What a server logs about the previous one. */
async function told(data: string): Promise<Line | undefined> {
  const next = await serve(data)
  await expect.poll(() => linesOf(next).some(({ lastEnd }) => lastEnd), { timeout: 5_000 }).toBe(true)
  next.child.kill('SIGTERM')
  await next.ended
  return linesOf(next).find(({ lastEnd }) => lastEnd)
}

describe('the previous server', () => {
  it.each([
    ['SIGUSR2', 'thrown'],
    ['SIGWINCH', 'rejected'],
  ] as const)(
    'by uncaught error (%s) says which, and which calls were running, and exits with 1',
    async (signal, fault) => {
      const data = temporaryFolder()
      const server = await serve(data)
      // A running call, whose body is never sent.
      const open = fetch(`${server.url}/trpc/daily.range`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{')) }),
        duplex: 'half',
      } as RequestInit).catch(() => undefined)
      const isRunning = async (): Promise<boolean> =>
        /stockdb_calls_in_flight\S* [2-9]/.test(await (await fetch(`${server.url}/metrics`)).text())
      await expect.poll(isRunning, { timeout: 10_000 }).toBe(true)
      server.child.kill(signal)
      expect(await server.ended).toBe(1)
      await open
      const line = linesOf(server).find(({ msg }) => msg.startsWith('uncaught error'))
      expect(line).toMatchObject({ err: { message: expect.stringContaining(`planted: ${fault}`) } })
      expect(line?.calls?.map(({ path }) => path)).toContain('daily.range')
      const next = await told(data)
      expect(next?.msg).toMatch(new RegExp(`crashed .* MB resident: Error: planted: ${fault}`))
      expect(readFileSync(join(data, 'server-0.json'), 'utf8') + server.stderr + JSON.stringify(next)).not.toContain(
        'hunter2',
      )
    },
  )

  it('is reported if it died silently, with its last memory size', async () => {
    const data = temporaryFolder()
    const server = await serve(data)
    server.child.kill('SIGKILL')
    await server.ended
    const next = await told(data)
    expect(next?.msg).toMatch(/ended without a message.*last seen .* MB resident/)
    expect(next?.lastEnd?.rssBytes).toBeGreaterThan(20_000_000)
  })

  it('is not warned about if it was stopped', async () => {
    const data = temporaryFolder()
    const server = await serve(data)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(await told(data)).toMatchObject({ level: 30, msg: expect.stringMatching(/was stopped .* by SIGTERM/) })
  })
})
