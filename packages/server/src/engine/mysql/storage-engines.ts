import type { Dataset } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { LRUCache } from 'lru-cache'
import type { PoolConnection } from 'mysql2'
import { type TableRef, tableRef, textOf } from '../table-ref.ts'
import { run } from './statements.ts'

/** Cache time of a table's storage engine: an `alter table` is noticed within it. */
const FRESH_MS = 1_000
/** Maximum cached tables. */
const TABLES = 10_000
/** Tables that are looked at together. */
const MANY = 5
/** Maximum tables and views checked under one view. */
const MOST = 100

/** The engines with consistent reads within a transaction. */
const WITH_SNAPSHOTS = new Set(['innodb', 'rocksdb', 'tokudb'])

interface Table {
  readonly name: string
  /** `undefined` if the account may not see it. */
  readonly engine: string | undefined
}

/**
 * Detects non-transactional tables (MyISAM, Aria, MEMORY, …): two statements may see different states of them, even in
 * one transaction.
 */
export class StorageEngines {
  /** By table or view: the first non-transactional table under it, if any. */
  readonly #known = new LRUCache<string, { readonly unsafe: Table | undefined }>({ max: TABLES, ttl: FRESH_MS })

  /** Why several statements cannot read these datasets in one state, or undefined. */
  async refusal(connection: PoolConnection, datasets: readonly Dataset[]): Promise<StockdbError | undefined> {
    const here = datasets.map(tableRef).filter((ref) => typeof ref === 'string')
    await this.#lookTogether(connection, [...new Set(here)])
    for (const dataset of datasets) {
      const name = tableName(dataset)
      const { unsafe } = this.#known.get(name) ?? (await this.#look(connection, tableRef(dataset)))
      if (unsafe) return refusalOf(name, unsafe)
    }
    return undefined
  }

  /** Finds the tables that keep transactions with one statement where there are many; others are looked at one by one. */
  async #lookTogether(connection: PoolConnection, names: readonly string[]): Promise<void> {
    const unknown = names.filter((name) => this.#known.get(name) === undefined)
    if (unknown.length < MANY) return
    for (let from = 0; from < unknown.length; from += TABLES / 2) {
      const some = unknown.slice(from, from + TABLES / 2)
      const found = await run<[string, string | null][]>(
        connection,
        `${ENGINES} (${some.map(() => '?').join(', ')})`,
        some,
        'query',
      )
      for (const [name, engine] of found)
        if (WITH_SNAPSHOTS.has(engine?.toLowerCase() ?? '')) this.#known.set(name, { unsafe: undefined })
    }
  }

  async #look(connection: PoolConnection, ref: TableRef): Promise<{ readonly unsafe: Table | undefined }> {
    const found = { unsafe: await findUnsafe(connection, ref) }
    this.#known.set(textOf(ref), found)
    return found
  }
}

function refusalOf(name: string, { name: table, engine }: Table): StockdbError {
  const through = table === name ? '' : `, which the view ${name} reads,`
  if (engine === undefined) {
    return new StockdbError(
      'SCHEMA_MISMATCH',
      `cannot see which storage engine ${table}${through} has, and whether it supports transactions: this answer needs several reads, and other writes could happen between them; expected an account with the rights "select, show view" on ${[...new Set([name, table])].join(' and ')}`,
    )
  }
  return new StockdbError(
    'SCHEMA_MISMATCH',
    `the table ${table}${through} has the storage engine ${engine}, which does not support transactions: this answer needs several reads, and other writes could happen between them; expected InnoDB: alter table ${table} engine=InnoDB`,
  )
}

/**
 * The first non-transactional or invisible table under a table or view; a view is invisible if the
 * account may not read its definition, a table if it has no rights on it.
 */
async function findUnsafe(connection: PoolConnection, ref: TableRef): Promise<Table | undefined> {
  const [[own] = ['']] = await run<[string][]>(connection, 'select database()', [], 'query')
  const { schema, table: asked } = typeof ref === 'string' ? { schema: own, table: ref } : ref
  const names = new Map([[`${schema}.${asked}`, [schema, asked] as const]])
  // Grows during the iteration by the tables of views.
  for (const [schema, name] of names.values()) {
    const [[engine] = []] = await run<[string | null][]>(connection, ENGINE, [schema, name], 'query')
    if (typeof engine === 'string' && !WITH_SNAPSHOTS.has(engine.toLowerCase())) return { name, engine }
    if (engine === undefined && name !== asked) return { name, engine: undefined }
    if (engine !== null) continue
    const below = await readByView(connection, schema, name)
    if (!below || names.size > MOST) return { name, engine: undefined }
    for (const one of below) names.set(one.join('.'), one)
  }
  return undefined
}

const ENGINES =
  'select table_name, engine from information_schema.tables where table_schema = database() and table_name in'
const ENGINE = 'select engine from information_schema.tables where table_schema = ? and table_name = ?'
const VIEW = 'select view_definition from information_schema.views where table_schema = ? and table_name = ?'

/** The tables and views that a view reads; `undefined` if the account may not see its definition. */
async function readByView(
  connection: PoolConnection,
  schema: string,
  view: string,
): Promise<(readonly [schema: string, name: string])[] | undefined> {
  const [[definition] = ['']] = await run<[string | null][]>(connection, VIEW, [schema, view], 'query')
  if (!definition) return undefined
  // The database stores it with every name quoted, and tables as `schema`.`table`.
  const tables = definition.matchAll(/\b(?:from|join)\s+\(*`((?:[^`]|``)+)`\.`((?:[^`]|``)+)`/g)
  return Array.from(tables, ([, schema = '', name = '']) => [schema, name].map(unquoted) as [string, string])
}

const unquoted = (name: string): string => name.replaceAll('``', '`')
