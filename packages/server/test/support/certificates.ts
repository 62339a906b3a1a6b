import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** PEM files and contents of a CA and a certificate for 127.0.0.1 that it signed. */
export interface Certificates {
  readonly ca: string
  readonly caFile: string
  readonly certFile: string
  readonly keyFile: string
}

/** Creates them in a folder with openssl. */
export function makeCertificates(folder: string, name: string): Certificates {
  const file = (what: string): string => join(folder, `${name}-${what}.pem`)
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' })
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl(
    'req',
    '-x509',
    ...fresh,
    '-subj',
    `/CN=${name} authority`,
    '-days',
    '2',
    '-keyout',
    file('ca-key'),
    '-out',
    file('ca'),
  )
  openssl('req', ...fresh, '-subj', '/CN=stockdb', '-keyout', file('key'), '-out', file('request'))
  writeFileSync(file('extensions'), 'subjectAltName=IP:127.0.0.1')
  openssl(
    ...['x509', '-req', '-in', file('request'), '-days', '2', '-extfile', file('extensions')],
    ...['-CA', file('ca'), '-CAkey', file('ca-key'), '-CAcreateserial', '-out', file('cert')],
  )
  return { ca: readFileSync(file('ca'), 'utf8'), caFile: file('ca'), certFile: file('cert'), keyFile: file('key') }
}
