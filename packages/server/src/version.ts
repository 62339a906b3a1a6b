import { createRequire } from 'node:module'

/** The version of this package, from its manifest. */
export const version: string = (createRequire(import.meta.url)('@stockdb/server/package.json') as { version: string })
  .version
