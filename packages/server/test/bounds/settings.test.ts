import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { acceptedText, parseSetting, settingText } from '../../src/bounds/setting-text.ts'
import { defaultBounds, environmentVariable, type Setting, settingsByName } from '../../src/bounds/settings.ts'
import { wholeBounds } from '../../src/bounds/whole-bounds.ts'
import { boundsOf, boundsOptions } from '../../src/cli/bounds-options.ts'
import { serveCommand } from '../../src/cli/serve.ts'

const page = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8')

describe('the settings of bounds', () => {
  it('are in docs/configuration.md, each with its option, environment variable and default', () => {
    for (const [, setting] of settingsByName) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`--${setting.flag}\` |`))
      const where = `--${setting.flag}: run "npm run docs:configuration" and commit the page`
      expect(row, where).toBeDefined()
      expect(row, where).toContain(
        `| \`${environmentVariable(setting)}\` | ${settingText(setting.unit, setting.default)}`,
      )
      expect(row, where).toContain(setting.description)
    }
  })

  it('are in the help of serve, each with its default and environment variable', () => {
    const help = serveCommand().helpInformation()
    for (const [, setting] of settingsByName) {
      const [, line = ''] = new RegExp(`(--${setting.flag} <${setting.unit}> .*)`).exec(help) ?? []
      expect(line).toContain(`env: ${environmentVariable(setting)})`)
      expect(line).toContain(`default: ${settingText(setting.unit, setting.default)},`)
      expect(help).toContain(setting.group)
    }
  })

  it('have a name that ends in its unit, a unique flag and a default within bounds', () => {
    for (const [name, { unit, min, max, default: value }] of settingsByName) {
      expect(value, name).toBeGreaterThanOrEqual(min)
      expect(value, name).toBeLessThanOrEqual(max)
      expect(/Ms$/.test(name), name).toBe(unit === 'ms')
      expect(/Bytes/.test(name), name).toBe(unit === 'bytes')
    }
    expect(new Set(settingsByName.map(([, { flag }]) => flag)).size).toBe(settingsByName.length)
  })

  it('are the defaults of a server started without options', () => {
    const command = serveCommand().exitOverride()
    command.action(() => {})
    command.parse([], { from: 'user' })
    expect(boundsOf(command)).toEqual({})
    expect(wholeBounds({})).toEqual(defaultBounds)
    expect(boundsOptions()).toHaveLength(settingsByName.length)
  })
})

describe('a setting that can be switched off', () => {
  it('takes off beside its numbers, and is shown as off', () => {
    const setting = settingsByName.find(([name]) => name === 'cacheMaxAgeMs')?.[1] as Setting
    expect(['off', '0', '2s', 'on'].map((text) => parseSetting(setting, text))).toEqual([-1, 0, 2_000, undefined])
    expect(settingText('ms', -1)).toBe('off')
    expect(acceptedText(setting)).toContain('or off')
  })
})

describe('bounds that are set', () => {
  const GB = 2 ** 30

  it.each([
    ['a higher soft bound', { maxMemoryBytes: 4 * GB }, { killMemoryBytes: 8 * GB }],
    ['a lower hard bound', { killMemoryBytes: GB / 2 }, { maxMemoryBytes: GB / 4 }],
    ['the least hard bound', { killMemoryBytes: GB / 16 }, { maxMemoryBytes: GB / 16, cacheMemoryBytes: GB / 32 }],
    ['a larger cache', { cacheMemoryBytes: 4 * GB }, { maxMemoryBytes: 8 * GB, killMemoryBytes: 16 * GB }],
    ['a soft bound below the hard one', { maxMemoryBytes: 2 * GB }, { killMemoryBytes: 2 * GB }],
    ['both', { maxMemoryBytes: GB, killMemoryBytes: GB }, {}],
    ['longer bodies', { maxBodyBytes: GB }, { maxBytesInFlightPerCaller: 2 * GB, maxBytesInFlight: 2 * GB }],
  ])('adjust the other bounds: %s', (_which, given, others) => {
    expect(wholeBounds(given)).toEqual({ ...defaultBounds, ...given, ...others })
  })

  it('are refused if they contradict each other', () => {
    expect(() => wholeBounds({ maxMemoryBytes: 2 * GB, killMemoryBytes: GB })).toThrow(
      '--max-memory (2GB) is above --kill-memory (1GB)',
    )
    const MB = 2 ** 20
    const bodies = { maxBodyBytes: 200 * MB, maxBytesInFlight: 128 * MB, maxBytesInFlightPerCaller: 64 * MB }
    expect(() => wholeBounds(bodies)).toThrow(
      '--max-body (200MB) is above --max-bytes-in-flight-per-caller (64MB): a body between the two would always be refused; --max-body (200MB) is above --max-bytes-in-flight (128MB)',
    )
  })
})

describe('a setting', () => {
  const bytes: Setting = { flag: 'x', unit: 'bytes', default: 1, min: 1_000, max: 2 ** 31, group: '', description: '' }
  const ms: Setting = { ...bytes, unit: 'ms', min: 0, max: 3_600_000 }

  it.each([
    [bytes, '1500', 1_500],
    [bytes, '64MB', 64 * 2 ** 20],
    [bytes, '64mb', 64 * 2 ** 20],
    [bytes, '2GB', 2 ** 31],
    [ms, '0', 0],
    [ms, '250ms', 250],
    [ms, '10s', 10_000],
    [ms, '1h', 3_600_000],
  ])('is parsed in its usual notations: %#', (setting, text, value) => {
    expect(parseSetting(setting, text)).toBe(value)
  })

  it.each([
    [bytes, ''],
    [bytes, '999'],
    [bytes, '3GB'],
    [bytes, '5s'],
    [bytes, '-5000'],
    [bytes, '1e6'],
    [bytes, '5 MB'],
    [bytes, '5constructor'],
    [ms, '2h'],
    [ms, '1.5s'],
  ])('is refused if invalid or out of bounds: %#', (setting, text) => {
    expect(parseSetting(setting, text)).toBeUndefined()
  })

  it('survives formatting and parsing', () => {
    for (const [, setting] of settingsByName) {
      for (const value of [setting.min, setting.default, setting.max]) {
        expect(parseSetting(setting, settingText(setting.unit, value)), setting.flag).toBe(value)
      }
    }
    expect(acceptedText(bytes)).toBe('bytes, or a whole number with KB, MB or GB, from 1000 to 2GB')
  })
})
