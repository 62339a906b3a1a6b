import type { DateFormat, Field, FieldTypeName } from '@stockdb/contract'
import { hasDigitsFor } from '@stockdb/contract/internal'

/*
 * MySQL and MariaDB round a value to the type of the column that it is compared with: MariaDB finds 10.52 in the index of a
 * DECIMAL(10,2) by 10.524, and MySQL 09:30:01 in a DATETIME by 09:30:00.500.
 */

interface Kept {
  readonly type: FieldTypeName
  readonly dateFormat?: DateFormat | undefined
  readonly numberFormat?: Field['numberFormat'] | undefined
}

/** Whether a value can stand in a column: no moment in one without digits for its seconds. */
export const canStand = ({ type, dateFormat }: Kept, value: unknown): boolean =>
  type !== 'datetime' || dateFormat === undefined || hasDigitsFor(dateFormat, String(value))

/** Whether a text may have characters that a column has no place for: MySQL refuses to compare them with GBK. */
export const isForeign = ({ type }: Kept, value: unknown): boolean => type === 'text' && !/^[ -~]*$/.test(String(value))

/** Whether a canonical moment is finer than the columns of some tables, which hold whole seconds. */
export const isFine = ({ type }: Kept, value: unknown): boolean => type === 'datetime' && String(value).includes('.')

/** Whether a number may be taken for a year of two digits. */
export const isSmall = ({ type, numberFormat }: Kept, value: unknown): boolean =>
  (type === 'int32' || type === 'int64') && numberFormat === undefined && Number(value) >= 0 && Number(value) < 100
