import { ARROW_STREAM } from '@stockdb/contract/wire'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fillDaily } from '../support/fill-daily.ts'
import { watchAccount } from '../support/process-list.ts'
import { serve } from '../support/serve.ts'
import { oneServer } from '../support/stores.ts'

describe.each(oneServer)('a stream that breaks in the middle, on $engine', ({ open }) => {
  it('invariant 2: ends with its error, without the end-of-stream marker and the end of its body', async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    const account = await watchAccount(store.address)
    onTestFinished(() => account.close())
    const served = await serve(account.address)
    onTestFinished(() => served.close())
    await fillDaily(store.address, 300, 1_000)

    const response = await fetch(`${served.server.url}/trpc/daily.range?input={}`, {
      headers: { accept: ARROW_STREAM },
    })
    expect(response.status).toBe(200)
    const reader = response.body?.getReader()
    const chunks: Uint8Array[] = []
    const [id = 0] = await account.running()
    await account.kill('query', id)
    await expect(
      (async () => {
        for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) chunks.push(next.value)
      })(),
    ).rejects.toThrow('terminated')
    const text = Buffer.concat(chunks).toString('latin1')
    const json = /\{"code":"DATABASE_INTERRUPTED".*?\}/.exec(text)?.[0] ?? '{}'
    expect(JSON.parse(json)).toMatchObject({ requestId: response.headers.get('x-request-id') })
    expect(text.includes('\xff\xff\xff\xff\0\0\0\0')).toBe(false)
  })
})
