import { describe, expect, it } from 'vitest'
import { type CsvRecord, readCsv } from '../../src/ingest/csv-source.ts'
import { fileOf } from '../support/bar-file.ts'

const never = new AbortController().signal

async function records(content: string): Promise<CsvRecord[]> {
  const found: CsvRecord[] = []
  for await (const record of readCsv(fileOf(Buffer.from(content)), {}, never, () => {})) found.push(record)
  return found
}

describe.each([
  ['LF', '\n'],
  ['CR LF', '\r\n'],
  ['CR', '\r'],
])('the lines of a CSV file with %s', (_, end) => {
  /** As an editor numbers them: a note over lines 2 to 4, a record on 5, an empty line, a record on 7, a note over 8 and 9. */
  const lines = [
    'code,note',
    'A,"first',
    'second',
    'third"',
    'B,none',
    '',
    'C,"a ""quoted"" word"',
    'D,"x',
    'y"',
    'E,z',
    '',
  ]

  it('are those of an editor, line ends within quotes included', async () => {
    expect((await records(lines.join(end))).map(({ cells, line }) => [cells[0], line])).toEqual([
      ['code', 1],
      ['A', 4],
      ['B', 5],
      ['C', 7],
      ['D', 9],
      ['E', 10],
    ])
    expect((await records(lines.join(end)))[1]?.cells[1]).toBe(['first', 'second', 'third'].join(end))
  })

  it('name the line on which a quote that is never closed begins its row', async () => {
    const broken = [
      ...lines.slice(0, 10),
      '',
      'F,"open',
      ...lines.slice(0, 5).map((line) => line.replaceAll('"', '')),
      '',
    ]
    await expect(records(broken.join(end))).rejects.toThrow(/^bars\.csv, line 12: (?!.*at line)/)
  })

  it('name the line on which a row with a misplaced quote begins', async () => {
    const broken = [...lines.slice(0, 10), 'F,"a', 'b"c,d', '']
    await expect(records(broken.join(end))).rejects.toThrow(/^bars\.csv, line 11: (?!.*at line)/)
  })
})
