import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLog } from '@stockdb/server'
import { describe, expect, it } from 'vitest'
import { makeToken } from '../../src/access/token.ts'
import { changeTokens, readTokens } from '../../src/access/token-file.ts'
import { TokenStore } from '../../src/access/token-store.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const log = createLog('silent')
/** Longer than the interval between two checks of the file. */
const NOTICED_MS = 300

describe('the token file', () => {
  it('is readable by its owner only, and holds no secret', async () => {
    const file = join(temporaryFolder(), 'new', 'tokens.json')
    const { secret, token } = makeToken({ name: 'a', scopes: ['read'] }, new Date())
    await changeTokens(file, () => [token])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const text = readFileSync(file, 'utf8')
    expect(text).toContain(token.sha256)
    expect(text).not.toContain(secret.slice(-43))
    chmodSync(file, 0o644)
    await changeTokens(file, (tokens) => tokens)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('keeps every token of many concurrent creations', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'tokens.json')
    const names = Array.from({ length: 50 }, (_, index) => `n${index}`)
    await Promise.all(
      names.map((name) =>
        changeTokens(file, (tokens) => [...tokens, makeToken({ name, scopes: ['read'] }, new Date()).token]),
      ),
    )
    expect(new Set(readTokens(file).map(({ name }) => name))).toEqual(new Set(names))
    expect(readdirSync(folder)).toEqual(['tokens.json'])
  })

  it('is unchanged if a change fails', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'tokens.json')
    const { token } = makeToken({ name: 'a', scopes: ['read'] }, new Date())
    await changeTokens(file, () => [token])
    const failing = changeTokens(file, () => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(readTokens(file)).toEqual([token])
    expect(readdirSync(folder)).toEqual(['tokens.json'])
  })

  it.each(['', '{}', '[]', '{"version":1}', '{"version":1,"tokens":[{"name":"x"}]}', '{"version":2,"tokens":[]}'])(
    'is refused if it is damaged: %j',
    (text) => {
      const file = join(temporaryFolder(), 'tokens.json')
      writeFileSync(file, text)
      expect(() => new TokenStore(file, log)).toThrow(/token file .* is damaged/)
    },
  )
})

describe('a running server', () => {
  it('accepts new tokens and refuses revoked ones without a restart', async () => {
    const file = join(temporaryFolder(), 'tokens.json')
    const store = new TokenStore(file, log)
    expect(store.defined).toBe(false)
    const { secret, token } = makeToken({ name: 'a', scopes: ['read'] }, new Date())
    await changeTokens(file, () => [token])
    await sleep(NOTICED_MS)
    expect(store.defined).toBe(true)
    expect(store.find(secret)).toEqual(token)
    const revokedAt = new Date().toISOString()
    await changeTokens(file, () => [{ ...token, revokedAt }])
    await sleep(NOTICED_MS)
    expect(store.find(secret)).toEqual({ ...token, revokedAt })
  })

  it.each<[string, (file: string) => void]>([
    ['is lost', (file) => rmSync(file)],
    ['is damaged', (file) => writeFileSync(file, '{"version":1,"tok')],
    ['is emptied', (file) => writeFileSync(file, '{"version":1,"tokens":[]}')],
  ])('refuses every call if the file %s, instead of requiring no token', async (_, harm) => {
    const file = join(temporaryFolder(), 'tokens.json')
    const { secret, token } = makeToken({ name: 'a', scopes: ['read'] }, new Date())
    await changeTokens(file, () => [token])
    const store = new TokenStore(file, log)
    expect(store.find(secret)).toEqual(token)
    harm(file)
    await sleep(NOTICED_MS)
    expect(store.find(secret)).toBeUndefined()
    expect(store.defined).toBe(true)
    rmSync(file, { force: true })
    await changeTokens(file, () => [token])
    await sleep(NOTICED_MS)
    expect(store.find(secret)).toEqual(token)
  })
})
