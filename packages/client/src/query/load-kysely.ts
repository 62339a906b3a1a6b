import type { Kysely } from 'kysely'

/** Gives Kysely at once: `db.query` is a property, and cannot wait. */
export type GiveKysely = () => typeof Kysely

/**
 * Prepares to load Kysely, which takes as long as the rest of the client. In Node it is loaded when `db.query` is first
 * used. A browser cannot load a module on demand without waiting: there, and in bundles, it is fetched now, as a chunk
 * of its own, while `connect` waits for the server.
 */
export async function prepareKysely(): Promise<GiveKysely> {
  const require = requireOfNode()
  if (require) return () => require('kysely').Kysely
  const { Kysely } = await import('./kysely.ts')
  return () => Kysely
}

interface Require {
  (name: 'kysely'): { readonly Kysely: typeof Kysely }
  resolve(name: 'kysely'): string
}

interface NodeGlobals {
  readonly process?: {
    getBuiltinModule?(name: 'module'): { createRequire(url: string): Require }
  }
}

/** Node's `require`, which loads ES modules too; `undefined` elsewhere, and in bundles, which have no modules beside them. */
function requireOfNode(): Require | undefined {
  try {
    const require = (globalThis as NodeGlobals).process?.getBuiltinModule?.('module').createRequire(import.meta.url)
    require?.resolve('kysely')
    return require
  } catch {
    return undefined
  }
}
