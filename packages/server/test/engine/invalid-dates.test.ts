import { date, datetime, defineDataset, symbol } from '@stockdb/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { mysqlMakers } from '../support/stores.ts'

const days = defineDataset({
  name: 'days',
  managed: false,
  description: 'Dates of all kinds',
  fields: {
    code: symbol.required('Code'),
    day: date.required('Date'),
    other: date('Another date'),
    at: datetime('Time'),
  },
  key: ['code', 'day'],
  symbol: 'code',
  date: 'day',
})

describe.each(mysqlMakers)('invalid dates on $engine', (maker) => {
  it('are errors, never other dates; 0000-00-00 is null', async () => {
    const store = await maker.open()
    await sql(
      store.address,
      'create table days (code varchar(8), day date not null, other date, at datetime(6), primary key (code, day))',
      "set sql_mode = 'ALLOW_INVALID_DATES'",
      `insert into days values ('feb', '2024-02-31', null, null), ('other', '2024-01-02', '2023-02-29', null),
        ('zero', '2024-01-02', '0000-00-00', '0000-00-00'), ('none', '0000-00-00', null, null),
        ('month', '2024-00-01', null, null), ('late', '2024-01-02', null, '9999-12-31 23:59:59.9999'),
        ('good', '2024-01-02', '2024-02-29', '9999-12-31 23:59:59.9994')`,
    )
    const { db, close } = await serve(store.address, { catalogue: { days } })
    onTestFinished(async () => {
      await close()
      await store.drop()
    })
    const refused = async (code: string, message: RegExp) => {
      await expect(db.days.range({ symbols: [code] })).rejects.toThrow(message)
      const own = db.query.selectFrom('days').selectAll().where('code', '=', code)
      await expect(own.execute()).rejects.toThrow(message)
    }
    await refused(
      'feb',
      /^table days, column day: got "2024-02-31" in the row code = "feb", day = "2024-02-31"; expected date/,
    )
    await refused('other', /column other: got "2023-02-29" in the row code = "other", day = 2024-01-02; expected date/)
    await refused('none', /column day: got null in the row code = "none"/)
    await refused('month', /column day: got "2024-00-01"/)
    await refused('late', /column at: got "9999-12-31 and more than 23:59:59.999"/)
    expect((await db.days.range({ symbols: ['zero', 'good'] })).rows()).toEqual([
      { code: 'good', day: '2024-01-02', other: '2024-02-29', at: '9999-12-31 23:59:59.999' },
      { code: 'zero', day: '2024-01-02', other: null, at: null },
    ])
    await expect(db.sql("select at from days where code = 'late'")).rejects.toThrow('which is not a date')
  })
})
