import type { ConnectionOptions } from 'mysql2'

/**
 * Connection options of a `mysql://user:password@host:port/database` address, which was checked to be one.
 *
 * Numbers arrive as numbers, whatever the column; nothing lets a value become SQL or a file be read.
 */
export function connectionOptions(address: string): ConnectionOptions {
  const url = new URL(address)
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port ? Number(url.port) : 3306,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    dateStrings: true,
    decimalNumbers: true,
    supportBigNumbers: true,
    multipleStatements: false,
    flags: ['-LOCAL_FILES'],
    connectTimeout: 10_000,
    enableKeepAlive: true,
    // The server has one limit for the statements of all connections, 16,382 by default.
    maxPreparedStatements: 64,
  }
}
