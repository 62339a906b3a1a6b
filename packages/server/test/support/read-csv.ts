import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'

/** The records of a small gzipped CSV file by column name, everything as text. */
export async function readCsv(file: string): Promise<Record<string, string>[]> {
  const records: Record<string, string>[] = []
  const parser = parse({ columns: true, bom: true })
  parser.on('data', (record: Record<string, string>) => records.push(record))
  await pipeline(createReadStream(file), createGunzip(), parser)
  return records
}
