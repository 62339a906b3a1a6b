/** The rights of a token: read datasets, write them, run SQL, inspect the server. */
export const scopes = ['read', 'write', 'sql', 'admin'] as const

export type Scope = (typeof scopes)[number]
