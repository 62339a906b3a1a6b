import type { FieldTypeName } from '@stockdb/contract'
import type { ReadColumn } from '../../../src/engine/engine.ts'

/** A select whose answers were recorded, and the rows that every server gives. */
export interface AnswerCase {
  readonly name: string
  readonly sql: string
  readonly columns: readonly ReadColumn[]
  readonly rows: readonly (readonly unknown[])[]
  /** The error in which it ends, after these rows. */
  readonly errno?: number
  /** Whether its values can be read where they arrive as texts. */
  readonly asText?: false
}

const column = (name: string, type: FieldTypeName, more: Partial<ReadColumn> = {}): ReadColumn => ({
  name,
  type,
  nullable: true,
  ...more,
})

/** Statements that make the tables of the cases. */
export const tables = [
  `create table numbers (code varchar(12) character set ascii collate ascii_bin primary key, i8 tinyint, u8 tinyint unsigned,
    i16 smallint, u16 smallint unsigned, i24 mediumint, u24 mediumint unsigned, i32 int, u32 int unsigned, i64 bigint,
    u64 bigint unsigned, f float, d double, dec9 decimal(9,3), dec30 decimal(30,6), b1 bit(1), b20 bit(20), y year)`,
  `insert into numbers values ('a', -128, 255, -32768, 65535, -8388608, 16777215, -2147483648, 4294967295,
    -9223372036854775808, 18446744073709551615, 10.5, -1.7976931348623157e308, -123456.789, 123456789012345678.123456, b'1',
    b'10101010101010101010', 2155), ('b', 1, 1, 1, 1, 1, 1, 1, 1, 9007199254740993, 9007199254740993, -0.25, 0.1, 0.1, 0, b'0',
    b'1', 1901), ('c', null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)`,
  `create table words (code varchar(32) character set ascii collate ascii_bin primary key, day date, at datetime(6), stamp timestamp(3) null,
    span time(6), c char(8), v varchar(20), t text, l longtext, e enum('one','two'), s set('x','y','z'), bytes varbinary(8))
    default charset utf8mb4 collate utf8mb4_bin`,
  `insert into words values ('600519.SH', '2024-02-29', '2024-02-29 09:30:00.123456', '2024-02-29 09:30:00.125', '-838:59:59',
    '贵州', '📈', repeat('茅', 90), repeat('a', 300), 'two', 'x,z', 'ab'), ('a', '1000-01-01', '1969-12-31 23:59:59.999499', null,
    '01:02:03.5', '', '', '', '', 'one', '', ''), ('A', '9999-12-31', '9999-12-31 00:00:00', null, null, null, null, null, null,
    null, null, null)`,
  'create table many (n int primary key, code varchar(9) character set ascii collate ascii_bin, day8 varchar(8))',
  `insert into many select n, concat('00000', mod(n, 7), '.SZ'), date_format(date_add('2024-01-01', interval n day), '%Y%m%d')
    from (select a.d + 10 * b.d + 100 * c.d as n from ${['a', 'b', 'c'].map((name) => `(${digits()}) ${name}`).join(', ')}) x where n < 300`,
]

function digits(): string {
  return Array.from({ length: 10 }, (_, d) => `select ${d} d`).join(' union all ')
}

const day = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 86_400_000
const moment = (text: string): bigint => BigInt(Date.parse(`${text.replace(' ', 'T')}Z`))
const many = Array.from({ length: 300 }, (_, n) => [n, `00000${n % 7}.SZ`, day('2024-01-01') + n])

export const cases: readonly AnswerCase[] = [
  {
    name: 'whole numbers',
    sql: 'select code, i8, u8, i16, u16, i24, u24, i32, u32, i64, b1, y from numbers order by code',
    columns: [
      column('code', 'symbol', { nullable: false }),
      ...['i8', 'u8', 'i16', 'u16', 'i24', 'u24', 'i32'].map((name) => column(name, 'int32')),
      column('u32', 'int64'),
      column('i64', 'int64'),
      column('b1', 'bool'),
      column('y', 'int32'),
    ],
    rows: [
      ['a', -128, 255, -32768, 65535, -8388608, 16777215, -2147483648, 4294967295n, -(2n ** 63n), 1, 2155],
      ['b', 1, 1, 1, 1, 1, 1, 1, 1n, 2n ** 53n + 1n, 0, 1901],
      ['c', ...Array.from({ length: 11 }, () => null)],
    ],
  },
  {
    name: 'numbers as doubles',
    sql: 'select code, d, dec9, dec30, i8, u8, i16, u16, i24, u24, i32, u32, i64, u64, b20 from numbers order by code',
    columns: [
      column('code', 'symbol'),
      ...['d', 'dec9', 'dec30', 'i8', 'u8', 'i16', 'u16', 'i24', 'u24', 'i32', 'u32', 'i64', 'u64', 'b20'].map((name) =>
        column(name, 'float64'),
      ),
    ],
    rows: [
      [
        ...[
          'a',
          -1.7976931348623157e308,
          -123456.789,
          Number('123456789012345678.123456'),
          -128,
          255,
          -32768,
          65535,
          -8388608,
        ],
        ...[16777215, -2147483648, 4294967295, -(2 ** 63), 2 ** 64, 0b10101010101010101010],
      ],
      ['b', 0.1, 0.1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 9007199254740992, 9007199254740992, 1],
      ['c', ...Array.from({ length: 14 }, () => null)],
    ],
  },
  {
    name: 'floats',
    sql: 'select code, f from numbers order by code',
    columns: [column('code', 'symbol'), column('f', 'float64')],
    rows: [
      ['a', 10.5],
      ['b', -0.25],
      ['c', null],
    ],
    asText: false,
  },
  {
    name: 'texts, dates and times',
    sql: 'select code, day, at, stamp, span, c, v, t, l, e, s, bytes from words order by code desc',
    columns: [
      column('code', 'symbol'),
      column('day', 'date'),
      column('at', 'datetime'),
      column('stamp', 'datetime'),
      ...['span', 'c', 'v', 't', 'l', 'e', 's'].map((name) => column(name, 'text')),
      column('bytes', 'text', { asBytes: true }),
    ],
    rows: [
      [
        ...['a', day('1000-01-01'), moment('1969-12-31 23:59:59.999'), null, '01:02:03.5'],
        ...['', '', '', '', 'one', '', ''],
      ],
      ['A', day('9999-12-31'), moment('9999-12-31 00:00:00'), ...Array.from({ length: 9 }, () => null)],
      [
        ...['600519.SH', day('2024-02-29'), moment('2024-02-29 09:30:00.123'), moment('2024-02-29 09:30:00.125')],
        ...['-838:59:59', '贵州', '📈', '茅'.repeat(90), 'a'.repeat(300), 'two', 'x,z', 'ab'],
      ],
    ],
    // A time has zeros behind its fraction there.
    asText: false,
  },
  {
    name: 'dates and texts',
    sql: 'select code, day, at, stamp, c, v, t, l, e, s from words order by code desc',
    columns: [
      column('code', 'symbol'),
      column('day', 'date'),
      column('at', 'datetime'),
      column('stamp', 'datetime'),
      ...['c', 'v', 't', 'l', 'e', 's'].map((name) => column(name, 'text')),
    ],
    rows: [
      ['a', day('1000-01-01'), moment('1969-12-31 23:59:59.999'), null, '', '', '', '', 'one', ''],
      ['A', day('9999-12-31'), moment('9999-12-31 00:00:00'), ...Array.from({ length: 7 }, () => null)],
      [
        ...['600519.SH', day('2024-02-29'), moment('2024-02-29 09:30:00.123'), moment('2024-02-29 09:30:00.125')],
        ...['贵州', '📈', '茅'.repeat(90), 'a'.repeat(300), 'two', 'x,z'],
      ],
    ],
  },
  {
    name: 'more rows than packets have numbers',
    sql: 'select n, code, day8 from many order by n',
    columns: [column('n', 'int32'), column('code', 'symbol'), column('day8', 'date', { dateFormat: 'YYYYMMDD' })],
    rows: many,
  },
  {
    name: 'no rows',
    sql: 'select code, day from words where code < 0x20',
    columns: [column('code', 'symbol'), column('day', 'date')],
    rows: [],
  },
  {
    name: 'warnings',
    sql: "select cast('12abc' as signed) as n, null as nothing",
    columns: [column('n', 'int64'), column('nothing', 'text')],
    rows: [[12n, null]],
  },
  {
    name: 'an error before the first row',
    sql: 'select (select code from many) as code',
    columns: [column('code', 'symbol')],
    rows: [],
    errno: 1242,
  },
  {
    name: 'an error among the rows',
    sql: 'select n, exp(if(n = 40, 1000, 0)) as one from many order by n',
    columns: [column('n', 'int32'), column('one', 'float64')],
    rows: Array.from({ length: 40 }, (_, n) => [n, 1]),
    errno: 1690,
  },
]
