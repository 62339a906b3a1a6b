// A file of its own, so that bundlers put Kysely into its own chunk and drop what is not used of it.
export { Kysely } from 'kysely'
