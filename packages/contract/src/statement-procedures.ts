const statementProcedures: ReadonlySet<string> = new Set(['query.run', 'sql.run'])

/**
 * Whether the input of a procedure is a statement of the caller's own. Its answer is never taken from memory, and never known to be
 * short. It is always sent by POST: proxies log URLs, and queries must not end up in their logs.
 */
export const takesStatement = (path: string): boolean => statementProcedures.has(path)
