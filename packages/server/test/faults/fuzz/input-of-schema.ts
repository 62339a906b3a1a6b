import fc from 'fast-check'
import type { z } from 'zod'

/** Words with a meaning to the server under test. */
export interface Vocabulary {
  readonly symbols: readonly string[]
  readonly dates: readonly string[]
  /** Fields with their dataset, such as `daily.close`. */
  readonly paths: readonly string[]
  /** Statements of SQL, good and bad. */
  readonly statements: readonly string[]
  /** By argument name, for schemas that accept anything. */
  readonly opaque: Readonly<Record<string, fc.Arbitrary<unknown>>>
}

/** The part of a schema's definition that is used here. */
interface Definition {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>
  readonly element?: z.core.$ZodType
  readonly innerType?: z.core.$ZodType
  readonly in?: z.core.$ZodType
  readonly out?: z.core.$ZodType
  readonly options?: readonly z.core.$ZodType[]
  readonly items?: readonly z.core.$ZodType[]
  readonly entries?: Readonly<Record<string, string | number>>
  readonly values?: readonly unknown[]
  readonly keyType?: z.core.$ZodType
  readonly valueType?: z.core.$ZodType
  readonly getter?: () => z.core.$ZodType
}

const MAY_BE_ABSENT = ['optional', 'default', 'prefault']

/**
 * Inputs that a zod schema accepts, or nearly: types are followed, refinements are guessed from the argument's name.
 * Throws a `TypeError` for an unknown kind of schema, so that none is left out.
 */
export function inputOfSchema(schema: z.core.$ZodType, words: Vocabulary, name = ''): fc.Arbitrary<unknown> {
  const definition = schema._zod.def as unknown as Definition
  const of = (inner: z.core.$ZodType | undefined, called = name): fc.Arbitrary<unknown> => {
    if (!inner) throw new TypeError(`a schema of the type ${definition.type} lacks a part`)
    return inputOfSchema(inner, words, called)
  }
  switch (definition.type) {
    case 'object': {
      const shape = Object.entries(definition.shape ?? {})
      const wanted = shape.filter(([, { _zod }]) => !MAY_BE_ABSENT.includes(_zod.def.type)).map(([key]) => key)
      const arbitraries = Object.fromEntries(shape.map(([key, inner]) => [key, of(inner, key)]))
      const all = fc.record(arbitraries, { requiredKeys: wanted, noNullPrototype: true })
      // With all arguments present one of them is almost always wrong.
      const dice = fc.array(fc.nat(3), { minLength: shape.length, maxLength: shape.length })
      return fc
        .tuple(all, dice)
        .map(([value, thrown]) =>
          Object.fromEntries(Object.entries(value).filter(([key], at) => wanted.includes(key) || thrown[at] === 0)),
        )
    }
    case 'optional':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
    case 'catch':
      return of(definition.innerType)
    case 'nullable':
      return fc.option(of(definition.innerType))
    case 'pipe':
      // What is preprocessed is taken in the form of the schema behind.
      return of(definition.in?._zod.def.type === 'transform' ? definition.out : definition.in)
    case 'lazy':
      return of(definition.getter?.())
    case 'array':
      return fc.array(of(definition.element), { maxLength: 4 })
    case 'tuple':
      return fc.tuple(...(definition.items ?? []).map((item) => of(item)))
    case 'union':
      return fc.oneof(...(definition.options ?? []).map((option) => of(option)))
    case 'record':
      return name in words.opaque
        ? opaque(name, words)
        : fc.dictionary(of(definition.keyType) as fc.Arbitrary<string>, of(definition.valueType), { maxKeys: 3 })
    case 'enum':
      return fc.constantFrom(...Object.values(definition.entries ?? {}))
    case 'literal':
      return fc.constantFrom(...(definition.values ?? []))
    case 'string':
      return text(name, words)
    case 'number':
    case 'int':
      return fc.oneof(fc.constantFrom(1, 2, 5, 20, 1_000), fc.integer(), fc.double({ noNaN: true }))
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'any':
    case 'unknown':
    case 'custom':
      return opaque(name, words)
    default:
      throw new TypeError(`schemas of the type ${definition.type} are not known here; say what is sent for them`)
  }
}

function text(name: string, { symbols, dates, paths, statements }: Vocabulary): fc.Arbitrary<string> {
  if (/^(symbols?|index)$/.test(name)) return fc.constantFrom(...symbols)
  if (/^(date|start|end|anchor|from|on)$/.test(name)) return fc.constantFrom(...dates, '5min')
  if (/^freq$/.test(name)) return fc.constantFrom('1min', '5min', '30min', '240min')
  if (/^(fields|by)$/.test(name)) return fc.constantFrom(...paths)
  if (name === 'sql') return fc.oneof(fc.constantFrom(...statements), spliced(statements))
  return fc.oneof(fc.constantFrom('1', '', ...symbols, ...dates), fc.string({ maxLength: 12 }))
}

/** Joins the beginning of one text with the end of another. */
function spliced(texts: readonly string[]): fc.Arbitrary<string> {
  const text = fc.constantFrom(...texts)
  return fc
    .tuple(text, text, fc.nat(1_000), fc.nat(1_000))
    .map(([one, other, until, from]) => one.slice(0, until % (one.length + 1)) + other.slice(from % (other.length + 1)))
}

function opaque(name: string, { opaque }: Vocabulary): fc.Arbitrary<unknown> {
  return opaque[name] ?? fc.jsonValue({ maxDepth: 2 })
}
