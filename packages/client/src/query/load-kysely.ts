import type { Kysely } from 'kysely'

/** Returns Kysely synchronously, because `db.query` is a property. */
export type GiveKysely = () => typeof Kysely

/**
 * Prepares to load Kysely, which takes as long as the rest of the client. Node loads it when `db.query` is first used.
 * Browsers cannot load modules synchronously: there, and in bundles, it is fetched now as a separate chunk, while
 * `connect` waits for the server.
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

/** Node's `require`, which loads ES modules too; `undefined` elsewhere, and in bundles, which have no separate modules. */
function requireOfNode(): Require | undefined {
  try {
    const require = (globalThis as NodeGlobals).process?.getBuiltinModule?.('module').createRequire(import.meta.url)
    require?.resolve('kysely')
    return require
  } catch {
    return undefined
  }
}
