import { daysOfParts } from '../../stored-dates.ts'

/** Years whose months are kept: those of most markets. */
const [FIRST_YEAR, LAST_YEAR] = [1900, 2099]
const MONTHS = 12

/** Days since 1970 of the day before each month, and how many days the month has. */
const before = new Int32Array((LAST_YEAR - FIRST_YEAR + 1) * MONTHS)
const lengths = new Uint8Array(before.length)
for (let at = 0; at < before.length; at++) {
  const [year, month] = [FIRST_YEAR + Math.floor(at / MONTHS), (at % MONTHS) + 1]
  before[at] = (daysOfParts(year, month, 1) as number) - 1
  lengths[at] = [31, 30, 29, 28].find((day) => daysOfParts(year, month, day) !== undefined) as number
}

/** Days since 1970 of a day of the calendar: {@link daysOfParts}, from a table where there is one. */
export function dayNumber(year: number, month: number, day: number): number | undefined {
  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > MONTHS) return daysOfParts(year, month, day)
  const at = (year - FIRST_YEAR) * MONTHS + month - 1
  return day >= 1 && day <= (lengths[at] as number) ? (before[at] as number) + day : undefined
}
