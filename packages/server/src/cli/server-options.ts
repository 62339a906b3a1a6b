import type { StartOptions } from '../start/options.ts'
import type { LogFormat, LogLevel } from '../telemetry/log.ts'
import { tracesWanted } from '../telemetry/traces-wanted.ts'
import type { ConfigOptions } from './catalogue-file.ts'
import { type DatabaseOptions, databaseAddress, type TokensOptions, tokensFile } from './options.ts'

/** The options of `serve` that each of its workers reads for itself. */
export interface ServerOptions extends DatabaseOptions, ConfigOptions, TokensOptions {
  readonly sqlDatabase?: string
  readonly writeDatabase?: string
  readonly host: string
  readonly corsOrigin: readonly string[]
  readonly trustedProxy: readonly string[]
  readonly slowMs: number
  readonly factorPrefix?: string
  readonly factorSchema?: string
  readonly cacheDir?: string
  readonly logLevel: LogLevel
  readonly logFormat?: LogFormat
}

/** What a server is started with, as far as it follows from the options alone. */
export function startOptionsOf(options: ServerOptions) {
  const { sqlDatabase, writeDatabase, host, corsOrigin, trustedProxy, slowMs, factorPrefix, factorSchema } = options
  const { cacheDir, data } = options
  return {
    ...{ sqlDatabase, writeDatabase, host, slowMs, factorPrefix, factorSchema, cacheDir },
    database: databaseAddress(options),
    corsOrigins: corsOrigin,
    trustedProxies: trustedProxy,
    traces: tracesWanted(process.env),
    tokens: tokensFile(options),
    dataFolder: data,
  } satisfies Partial<StartOptions>
}
