import { didYouMean, needOf } from '@stockdb/contract/wire'
import { callSite, errorAt, type PublicCalls, publicCalls } from './call/call-site.ts'
import { errorOf } from './errors.ts'

/** How an object is displayed, and its errors for missing names. */
interface Face {
  /** A few lines of text for `console.log`. */
  readonly text: string
  /** Its value for `JSON.stringify`. */
  readonly json: unknown
  /** The placeholder for a missing name. */
  readonly missing: (name: string) => unknown
}

/** Names that tools look up on any object; they must be undefined. */
const INSPECTED = new Set([
  ...['then', 'inspect', 'asymmetricMatch', '$$typeof', 'nodeType', 'tagName', '@@__IMMUTABLE_ITERABLE__@@'],
  // Notebooks: Deno's kernel and tslab.
  ...['schema', 'head', 'toRecords', 'outerHTML', 'toDataURL', 'toSpec', '_toHtml', '_toPng', '_toSvg'],
])

/** Symbols that customise how Node, Bun and Deno print an object. */
const PRINTING = [Symbol.for('nodejs.util.inspect.custom'), Symbol.for('Deno.customInspect')]

/**
 * Gives an object clear errors for misspelt names, which otherwise would only be "undefined is not a function". Reading
 * a property never throws: the placeholder for a missing name throws when it is used.
 */
export function withClearNames<Parts extends object>(parts: Parts, { text, json, missing }: Face): Parts {
  // Not enumerable, so they do not appear as properties.
  for (const symbol of PRINTING) Object.defineProperty(parts, symbol, { value: () => text })
  Object.defineProperty(parts, 'toJSON', { value: () => json })
  return new Proxy(parts, {
    get(target, name, receiver) {
      if (typeof name === 'symbol' || name in target || INSPECTED.has(name)) return Reflect.get(target, name, receiver)
      return missing(name)
    },
  })
}

/** Public calls under a name, such as `db.daily`. */
export function callsOf<Calls extends PublicCalls>(of: string, calls: Calls): Calls {
  const names = Object.keys(calls)
  return withClearNames(publicCalls(calls), {
    text: `${of}: ${names.join(', ')}`,
    json: names,
    missing: (name) => missingCall(of, name, names),
  })
}

/** A placeholder for a dataset that the server does not serve to its caller: every call on it throws. */
export function missingDataset(name: string, datasets: readonly string[], hasToken: boolean): object {
  const to = hasToken ? ' to this token' : ''
  const problem = `${didYouMean(name, datasets)}the server serves no dataset "${name}"${to}; it serves ${datasets.join(', ')}; a factor that was defined after this connection was made is db.dataset("${name}")`
  return withClearNames({}, { text: `[${problem}]`, json: undefined, missing: () => refusing(problem) })
}

/** A placeholder for a call that `of`, such as `db.daily`, does not have. */
function missingCall(of: string, name: string, calls: readonly string[]): () => never {
  const need = needOf(name)
  const needed = need === undefined ? '' : `, which needs ${need} in its declaration`
  return refusing(`${didYouMean(name, calls)}${of} has no call "${name}"${needed}; it has ${calls.join(', ')}`)
}

function refusing(problem: string): () => never {
  const call = (): never => {
    throw errorAt(callSite(call), errorOf('INVALID_INPUT', problem))
  }
  return call
}
