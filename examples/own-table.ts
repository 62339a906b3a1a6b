// A table of your own, made by a script: no key, dates as text, Chinese names. Its catalogue is own-table.config.ts,
// written by "stockdb introspect" and then reviewed by hand. Creates the table, serves it and queries it.
//
//   npx tsx examples/own-table.ts
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { connect } from '@stockdb/client'
import { createLog, start } from '@stockdb/server'
import { fixed, formatTable } from './lib/table.ts'
import { catalogue } from './own-table.config.ts'

const folder = mkdtempSync(join(tmpdir(), 'stockdb-own-table-'))
const file = join(folder, 'own.sqlite')

/** The table as a script would leave it; the numbers are invented. */
function makeTable(): void {
  const database = new DatabaseSync(file)
  database.exec('create table "我的因子" ("股票代码" text, "日期" text, "因子 值" real, "名次" integer)')
  const insert = database.prepare('insert into "我的因子" values (?, ?, ?, ?)')
  const factors: Readonly<Record<string, readonly number[]>> = {
    '20240102': [0.8, -0.3, 0.1],
    '20240103': [0.7, -0.1, 0.4],
    '20240104': [0.2, 0.3, 0.9],
  }
  for (const [day, values] of Object.entries(factors)) {
    const ranked = values.toSorted((a, b) => b - a)
    values.forEach((value, at) => {
      insert.run(`00000${at + 1}.SYN`, day, value, ranked.indexOf(value) + 1)
    })
  }
  database.close()
}

try {
  makeTable()
  // `stockdb serve --database sqlite:… --config own-table.config.ts` does the same from the command line.
  const server = await start({ database: `sqlite:${file}`, catalogue, port: 0, log: createLog('error') })
  try {
    const db = await connect<typeof catalogue>(server.url)
    // `db.daily` would not compile: this server has one dataset, and its fields are these.
    const factors = await db.my_factor.range({ start: '2024-01-03', fields: ['value', 'rank'] })
    console.log(
      formatTable(
        ['股票代码', '日期', 'value', 'rank'],
        factors.rows().map((row) => [row.code, row.day, fixed(row.value, 2), String(row.rank)]),
      ),
    )
    const last = await db.my_factor.latest({ symbols: ['000003.SYN'], n: 2, fields: ['value'] })
    console.log(
      `\nthe last two of 000003.SYN: ${Array.from(last.columns.value, (value) => fixed(value, 2)).join(', ')}`,
    )
  } finally {
    await server.close()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
