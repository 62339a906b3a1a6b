import type { Catalogue } from '@stockdb/contract'
import fc from 'fast-check'
import type { Kysely } from 'kysely'
import type { z } from 'zod'
import { hostileTrees } from '../../plan/tree/hostile-trees.ts'
import { QueryGenerator, type Tables } from '../../plan/tree/random-query.ts'
import type { EngineName } from '../../support/engines.ts'
import { hostileValue, spoiled, writeJson } from './hostile-values.ts'
import { inputOfSchema, type Vocabulary } from './input-of-schema.ts'

const TREES = 300

/** A procedure of a router. */
export interface ProcedureUnderFuzz {
  readonly path: string
  readonly type: string
  readonly inputs: readonly z.ZodType[]
}

/** One request to send. */
export interface FuzzCall {
  readonly path: string
  /** JSON text, or invalid JSON. */
  readonly input: string
  readonly method: 'GET' | 'POST'
  readonly arrow: boolean
}

/** The vocabulary of the server under test. */
interface Surroundings {
  readonly catalogue: Catalogue
  readonly words: Omit<Vocabulary, 'opaque' | 'paths'>
  /** Query trees that it accepts. */
  readonly trees: readonly unknown[]
}

/** Calls of one procedure: half of them valid or nearly so, the others with mistakes. */
export function callOfProcedure(procedure: ProcedureUnderFuzz, around: Surroundings): fc.Arbitrary<FuzzCall> {
  const [dataset = ''] = procedure.path.split('.')
  const words = { ...around.words, paths: pathsOf(around.catalogue), opaque: opaqueOf(dataset, around) }
  const [first = undefined] = procedure.inputs
  const good = first ? inputOfSchema(first, words) : fc.constant(undefined)
  const values = fc.oneof(
    { weight: 5, arbitrary: good },
    { weight: 4, arbitrary: spoiled(good) },
    { weight: 1, arbitrary: hostileValue },
  )
  const text = fc.oneof(
    { weight: 40, arbitrary: values.map(writeJson) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '{', '{"a":', 'null', '"', '[1,]', '{"a":1,"a":2}', '\ufeff{}', 'NaN'),
    },
  )
  return fc
    .record({ input: text, method: fc.constantFrom('GET', 'POST'), arrow: fc.boolean() })
    .filter(({ input }) => isHarmless(procedure, input))
    .map(({ input, method, arrow }) => ({
      path: procedure.path,
      input,
      method: procedure.type === 'mutation' ? 'POST' : method,
      arrow: arrow && procedure.type === 'query',
    }))
}

/** Excludes valid calls that take seconds and hundreds of megabytes: a profile, and a heap snapshot. */
function isHarmless({ path, inputs }: ProcedureUnderFuzz, text: string): boolean {
  if (path !== 'ops.snapshot' && path !== 'ops.memory') return true
  const parsed = parse(text)
  const accepted = inputs.every((schema) => schema.safeParse(parsed).success)
  return !accepted || (path === 'ops.memory' && !text.includes('profileSeconds'))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function pathsOf(catalogue: Catalogue): string[] {
  return Object.values(catalogue).flatMap(({ name, fields }) => Object.keys(fields).map((field) => `${name}.${field}`))
}

/** Values for arguments whose schema accepts anything. */
function opaqueOf(dataset: string, { catalogue, words, trees }: Surroundings): Vocabulary['opaque'] {
  const value = fc.oneof(
    fc.constantFrom<unknown>(...words.symbols, ...words.dates, 0, 1, 15.5, true, null),
    hostileValue,
  )
  const fields = Object.hasOwn(catalogue, dataset) ? Object.keys(catalogue[dataset]?.fields ?? {}) : []
  const byField = Object.fromEntries(
    fields.map((field) => [field, fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }))]),
  )
  const comparison = fc.oneof(
    value,
    fc.record({ lt: value, gte: value }, { requiredKeys: [] }),
    fc.record({ in: fc.array(value, { maxLength: 3 }) }),
    fc.record({ between: fc.tuple(value, value), isNull: fc.boolean() }, { requiredKeys: [] }),
  )
  const good = fc.constantFrom(...trees)
  // Copying is recursive, so the deepest values are left to the tests of refusals.
  const hostile = hostileTrees.map(([, tree]) => tree).filter((tree) => JSON.stringify(tree).length < 5_000)
  const bad = fc.constantFrom(...hostile)
  return {
    ...byField,
    where: fc.dictionary(fc.constantFrom(...pathsOf(catalogue)), comparison, { maxKeys: 3 }),
    query: fc.oneof(good, spoiled(good), spoiled(bad), bad),
  }
}

/** Random query trees as JSON, built by Kysely without running them. */
export function treesOf(kysely: Kysely<Tables>, engine: EngineName, seed: number): unknown[] {
  const texts = fc.gen().map((draw) => {
    const { query } = new QueryGenerator(draw, kysely, engine).query()
    return JSON.stringify(query.toOperationNode())
  })
  return fc.sample(texts, { numRuns: TREES, seed }).map((text) => JSON.parse(text))
}
