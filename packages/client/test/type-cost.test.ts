import { describe, expect, it } from 'vitest'
import { measureTypes } from '../../../bench/types/measure.ts'

// Counts are the same on every machine, for one version of a compiler. Limits are about one and a half times what they
// were when this was written.
describe('checking the types of a script', { timeout: 120_000 }, () => {
  it('with every part of the client over the whole catalogue stays cheap', () => {
    expect(measureTypes('whole-client.ts').instantiations).toBeLessThan(150_000)
  })

  it('costs next to nothing if only datasets are asked', () => {
    expect(measureTypes('connects.ts').instantiations).toBeLessThan(5_000)
  })

  // Nearly all of it are Kysely's own declarations.
  it.each([
    ['7', 660_000],
    ['5.9', 400_000],
  ] as const)('with TypeScript %s and without skipLibCheck finds no error, at a bounded cost', (typescript, most) => {
    const options = { skipLibCheck: false, lib: ['ES2024', 'DOM'], types: [] }
    expect(measureTypes('connects.ts', { typescript, options }).instantiations).toBeLessThan(most)
  })

  it.each([
    ['7', { lib: ['ES2022', 'DOM'], target: 'ES2022', module: 'ESNext', moduleResolution: 'bundler', types: [] }],
    ['5.9', { lib: undefined, target: 'ES2022', types: [] }],
    ['7', { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, lib: ['ES2024'], types: ['node'] }],
    // As tools do that know neither "exports" nor ES modules, such as tslab.
    ['5.9', { module: 'CommonJS', moduleResolution: 'node10', lib: ['ES2022', 'DOM'], types: [] }],
  ] as const)('with TypeScript %s and %j finds the types', (typescript, options) => {
    measureTypes('module' in options && options.module === 'CommonJS' ? 'typed-cell.ts' : 'typed.ts', {
      typescript,
      options,
    })
  })
})
