import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './temporary-folder.ts'

/** The header of a CSV file of daily bars, and one line of it. */
export const header = 'ts_code,trade_date,open,high,low,close,pre_close,change,pct_chg,vol,amount'
export const bar = (code: string, date: string, close = '10.52'): string =>
  `${code},${date},10.5,10.6,10.4,${close},10.5,0.02,0.1905,1234.5,1298.6`

/** A temporary file for one test; appends the final line end to text, writes bytes unchanged. */
export function fileOf(content: string | Uint8Array, name = 'bars.csv'): string {
  const file = join(temporaryFolder(), name)
  const whole = typeof content === 'string' && content !== '' && !content.endsWith('\n') ? `${content}\n` : content
  writeFileSync(file, whole)
  return file
}
