import { StockdbError } from '@stockdb/contract/wire'
import { tooMuchDisk } from '../query-refusals.ts'
import { ofRead, TABLE_FULL, translateMysqlError } from './errors.ts'

/** Errors whose text refers only to the caller's own statement: names, grouping, operands, ranges. */
const TELLING = new Set([
  1052, 1054, 1055, 1056, 1060, 1064, 1066, 1104, 1111, 1115, 1139, 1140, 1146, 1210, 1221, 1222, 1235, 1241, 1242,
  1247, 1248, 1253, 1264, 1267, 1271, 1273, 1292, 1305, 1365, 1367, 1406, 1411, 1425, 1426, 1525, 1582, 1583, 1584,
  1690, 3065, 3140, 3141, 3143, 3577, 3579, 3580, 3581, 3584, 3586, 3587, 3588, 3591, 3593, 3636, 3685, 3691, 3699,
  4009, 4015, 4024, 4078, 4169,
])
const DENIED = new Set([1142, 1143, 1044, 1370])
const MAX_TEXT = 300

/** Like {@link translateMysqlError}, for a caller's own statement: includes the database's message without the schema name. */
export function translateAdHocError(error: unknown, schema: string): StockdbError {
  const { errno, sqlMessage = '' } = error as { readonly errno?: number; readonly sqlMessage?: string }
  if (errno === TABLE_FULL) return tooMuchDisk(error)
  const ours = ofRead(translateMysqlError(error))
  if (ours.code !== 'SCHEMA_MISMATCH' && ours.code !== 'INTERNAL') return ours
  if (errno === undefined || errno < 1_000) return ours
  const why = DENIED.has(errno)
    ? 'the account may not read this'
    : TELLING.has(errno)
      ? sqlMessage.replaceAll(`\`${schema}\`.`, '').replaceAll(`${schema}.`, '').slice(0, MAX_TEXT)
      : `error ${errno}`
  return new StockdbError('QUERY_REFUSED', `sql: the database rejected the statement: ${why}`, { cause: error })
}
