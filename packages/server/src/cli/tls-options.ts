import { readFileSync } from 'node:fs'
import { Option } from 'commander'
import type { TlsFiles } from '../http/server.ts'

export interface TlsOptions {
  readonly tlsCert?: string
  readonly tlsKey?: string
}

export const tlsOptions = (): Option[] => [
  new Option('--tls-cert <file>', 'certificate chain in PEM, to serve HTTPS; reloaded on SIGHUP').env(
    'STOCKDB_TLS_CERT',
  ),
  new Option('--tls-key <file>', 'private key of the certificate, in PEM').env('STOCKDB_TLS_KEY'),
]

/** The contents of the files; `undefined` if none are named. */
export function readTls({ tlsCert, tlsKey }: TlsOptions): TlsFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new Error('--tls-cert, --tls-key: got one; expected both or neither')
  }
  return { cert: read('--tls-cert', tlsCert), key: read('--tls-key', tlsKey) }
}

function read(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`${option}: cannot read the file ${file} (${(error as NodeJS.ErrnoException).code})`, {
      cause: error,
    })
  }
}
