/**
 * The procedures whose input is a statement of the caller's own. Their answers are never taken from memory, and never known
 * to be short. `inUrl` says whether the input may be part of a URL: proxies log URLs, and SQL must not end up in their logs.
 */
const statementProcedures = {
  'query.run': { inUrl: true },
  'sql.run': { inUrl: false },
} as const satisfies Readonly<Record<string, { readonly inUrl: boolean }>>

type StatementProcedure = keyof typeof statementProcedures

/** Whether the input of a procedure is a statement. */
export const takesStatement = (path: string): path is StatementProcedure => Object.hasOwn(statementProcedures, path)

/** Whether the input of a procedure may be part of a URL. */
export const mayBeInUrl = (path: string): boolean => !takesStatement(path) || statementProcedures[path].inUrl
