import { DatabaseSync } from 'node:sqlite'

/** A file as made by a user's script. */
export function makeUserFile(file: string, { close = 1, rows = 3, mode = 'delete' } = {}): void {
  const database = new DatabaseSync(file)
  database.exec(`pragma journal_mode = ${mode}`)
  database.exec(
    'create table bars (ts_code text not null, trade_date text not null, close real, primary key (ts_code, trade_date))',
  )
  const insert = database.prepare('insert into bars values (?, ?, ?)')
  database.exec('begin')
  for (let row = 0; row < rows; row++) {
    const day = new Date(Date.UTC(2000, 0, 1 + (row % 5_000))).toISOString().slice(0, 10)
    insert.run(`${String((row / 5_000) | 0).padStart(6, '0')}.SZ`, day, close)
  }
  database.exec('commit')
  database.close()
}
