import { type ServerInfo, WIRE_VERSION } from '@stockdb/contract/wire'
import { errorOf } from './errors.ts'

/**
 * Validates the answer of `meta.info` for `connect`. Throws `UNREACHABLE` if it is another service, `WIRE_MISMATCH` for
 * a server of another version or with another format.
 */
export function checkedInfo(answer: unknown, address: string): ServerInfo {
  const info = (typeof answer === 'object' ? answer : null) as Partial<ServerInfo> | null
  if (info?.name !== 'stockdb') throw errorOf('UNREACHABLE', `${address} is not a stockdb server`)
  const { version, wireVersion, datasets } = info
  if (wireVersion !== WIRE_VERSION) {
    throw errorOf(
      'WIRE_MISMATCH',
      `the server ${version} has wire version ${wireVersion}, this client ${WIRE_VERSION}; use the same version of both`,
    )
  }
  if (!areDatasets(datasets)) {
    throw errorOf(
      'WIRE_MISMATCH',
      `cannot read meta.info of the server ${version}: expected datasets, each with a list of its procedures`,
    )
  }
  return info as ServerInfo
}

function areDatasets(datasets: unknown): datasets is ServerInfo['datasets'] {
  if (typeof datasets !== 'object' || datasets === null || Array.isArray(datasets)) return false
  return Object.values(datasets).every(
    (procedures) => Array.isArray(procedures) && procedures.every((name) => typeof name === 'string'),
  )
}
