import { describe, expect, it } from 'vitest'
import { scrub } from '../../src/telemetry/scrub.ts'

describe('a line of the log', () => {
  it.each([
    ['a database address', 'cannot open mysql://quant:hunter2@db.example:3306/stocks'],
    ['a proxy address', '"proxy":"http://me:hunter2@proxy:8080"'],
    ['an Authorization header', '"headers":{"authorization":"Bearer hunter2"}'],
    ['an Authorization header in a text', 'sent Authorization: Bearer hunter2, and got 401'],
    ['basic credentials', 'Authorization: Basic hunter2'],
    ['a member named password', '{"password":"hunter2","user":"quant"}'],
    ['a member that ends in secret', '{"clientSecret":"hunter2"}'],
    ['a password with quotes in it', String.raw`{"password":"x\"hunter2"}`],
    ['a password that is a number', '{"password":4711}'],
    ['a setting', 'ran with password=hunter2&user=quant'],
    ['a bare server token', `got stockdb_0123456789abcdef_hunter2${'A'.repeat(36)}`],
    ['a token on a command line', 'stockdb memory --token=hunter2'],
  ])('holds no secret: %s', (_what, line) => {
    const scrubbed = scrub(line)
    expect(scrubbed).not.toMatch(/hunter2|4711/)
    expect(scrubbed).toContain('***')
  })

  it('stays JSON', () => {
    const line = JSON.stringify({ password: 'a"b\\', url: 'mysql://u:p@h/d', nested: { token: 'x', rows: 1 }, n: 2 })
    expect(JSON.parse(scrub(line))).toEqual({
      password: '***',
      url: 'mysql://u:***@h/d',
      nested: { token: '***', rows: 1 },
      n: 2,
    })
  })

  it('is unchanged without secrets', () => {
    const line = '{"requestId":"a-1","path":"daily.range","rows":3,"url":"http://127.0.0.1:7788/trpc"}'
    expect(scrub(line)).toBe(line)
  })
})
