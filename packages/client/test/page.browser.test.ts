import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { chromium as chromiumOf } from '@stockdb/testing/chromium'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { EXERCISED, serveExercise } from './support/exercised.ts'
import { serveHere } from './support/served.ts'

/** What the bundle of the fixture puts into the page. */
declare const bundle: typeof import('./fixtures/exercise.ts')

describe('in a browser', () => {
  let browser: Browser
  let script = ''

  beforeAll(async () => {
    const executablePath = chromiumOf()
    if (executablePath === undefined) throw new Error('there is no Chromium; apt-get install chromium brings one')
    // Without a sandbox, because root has none. It loads only the page below.
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('./fixtures/exercise.ts', import.meta.url))],
      ...{ bundle: true, format: 'iife', globalName: 'bundle', platform: 'browser', write: false },
    })
    script = outputFiles[0]?.text ?? ''
  })
  afterAll(() => browser?.close())

  /** A page of an origin of its own, with the client in it. */
  async function openPage(): Promise<{ readonly page: Page; readonly origin: string }> {
    const server = createServer(({ url }, response) =>
      url === '/bundle.js'
        ? response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
        : response.writeHead(200, { 'content-type': 'text/html' }).end('<script src="bundle.js"></script>'),
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const page = await browser.newPage()
    onTestFinished(async () => {
      await page.close()
      server.closeAllConnections()
      server.close()
    })
    await page.goto(origin)
    return { page, origin }
  }

  it('every kind of call works from a page whose origin the server allows', async () => {
    const { page, origin } = await openPage()
    const served = await serveExercise({ corsOrigins: [origin] })
    expect(await page.evaluate((url) => bundle.exercise(url), served.url)).toEqual(EXERCISED)
  })

  it('a client keeps answers in memory, and has no folder', async () => {
    const { page, origin } = await openPage()
    const served = await serveExercise({ corsOrigins: [origin], bounds: { cacheMaxAgeMs: 1_000 } })
    expect(await page.evaluate((url) => bundle.keepAnswers(url), served.url)).toEqual([
      'undefined',
      'client',
      'INVALID_INPUT: cache.dir: got a folder; expected none, because a browser has no files',
      'INVALID_INPUT: offline: got true without cache.dir; expected the folder that has the answers',
    ])
  })

  it('frames are tables in the console of its developer tools', async () => {
    const { page } = await openPage()
    const tools = await page.context().newCDPSession(page)
    await tools.send('Runtime.enable')
    await tools.send('Runtime.setCustomObjectFormatterEnabled', { enabled: true })
    const expression = "bundle.Frame.from({ code: ['A', 'B'], close: [10.5, null] }, { name: 'mine' })"
    const { result } = await tools.send('Runtime.evaluate', { expression, generatePreview: true })
    expect(JSON.parse(result.customPreview?.header ?? '')).toEqual(['span', {}, 'mine: 2 rows × 2'])
    const body = await tools.send('Runtime.callFunctionOn', {
      objectId: result.customPreview?.bodyGetterId ?? '',
      functionDeclaration: 'function () { return this() }',
      returnByValue: true,
    })
    expect(body.result.value).toEqual([
      'div',
      expect.anything(),
      expect.stringMatching(/^mine: 2 rows × 2\n.*│ A {4}│ {4}10\.5 │\n/s),
    ])
  })

  it('a page of another origin is refused by the browser, with an error that says so', async () => {
    const { page, origin } = await openPage()
    const served = await serveHere({ corsOrigins: ['https://notebook.example'] })
    const message = await page.evaluate(
      (url) =>
        bundle.exercise(url).then(
          () => 'it was not refused',
          (error: Error) => error.message,
        ),
      served.url,
    )
    expect(message).toBe(
      `cannot reach the stockdb server at ${served.url}: Failed to fetch; if it is running, it must allow the origin of this page: --cors-origin ${origin}`,
    )
  })
})
