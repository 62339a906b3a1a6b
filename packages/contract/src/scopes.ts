/** What a token may do: read datasets, write them, send SQL of its own, look into the server. */
export const scopes = ['read', 'write', 'sql', 'admin'] as const

export type Scope = (typeof scopes)[number]
