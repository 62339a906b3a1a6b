// A separate file, so that bundlers put Kysely into its own chunk and tree-shake it.
export { Kysely } from 'kysely'
