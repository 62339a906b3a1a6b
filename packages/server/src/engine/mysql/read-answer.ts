import type { PoolConnection } from 'mysql2'
import type { BatchBuilder } from '../batch-builder.ts'
import type { ReadColumn, ReadQuery } from '../engine.ts'
import type { ColumnCheck } from './column-check.ts'
import { inlined } from './inlined.ts'
import { hasExtendedMetadata, readPrepared, type TakenAnswer, takeAnswer } from './mysql2-inside.ts'
import { learn, type Prepared, packetOf, preparedOn, preparesStatements } from './prepared-statements.ts'
import { singlesOf } from './singles.ts'
import { AnswerReader, type KnownDefinitions } from './wire/answer-reader.ts'
import { BinaryRows, planRows, type RowPlan } from './wire/binary-rows.ts'
import type { ColumnDefinition } from './wire/column-definition.ts'
import { TextRows } from './wire/text-rows.ts'

/** What is known of the answers to a template, whose columns are one list. */
interface Known extends KnownDefinitions {
  plan: RowPlan | undefined
  planned: readonly ColumnDefinition[] | undefined
}

const known = new WeakMap<readonly ReadColumn[], Known>()

/** What becomes of an answer. */
export interface AnswerEvents {
  /** Bytes arrived, and were read; the answer may be paused now. */
  read(): void
  ended(): void
  failed(error: unknown): void
}

/** Runs a select whose rows go from the socket into a batch. */
export class Answer {
  readonly #reader: AnswerReader
  readonly #taken: TakenAnswer
  readonly #events: AnswerEvents
  #over = false

  constructor(
    connection: PoolConnection,
    query: ReadQuery,
    builder: BatchBuilder,
    check: ColumnCheck,
    events: AnswerEvents,
  ) {
    this.#events = events
    const { columns } = query
    const prepared = preparesStatements(connection) ? preparedOn(connection, query.sql, columns.length) : undefined
    const memory = knownOf(columns)
    const dialogue = { deprecateEof: false, extendedMetadata: hasExtendedMetadata(connection) }
    this.#reader = new AnswerReader(dialogue, columns.length, memory, {
      rowsOf: (definitions) => {
        builder.singles = singlesOf(definitions)
        check.check(definitions, query)
        return prepared
          ? new BinaryRows(planOf(memory, definitions, columns), builder)
          : new TextRows(definitions, columns, builder)
      },
      ended: () => {
        this.#over = true
        if (prepared) learn(connection, query.sql, prepared, this.#taken.statement())
        this.#taken.end()
        events.ended()
      },
      refused: (packet) => this.#taken.refuse(packet),
    })
    this.#taken = this.#ask(connection, query, prepared)
  }

  #ask(connection: PoolConnection, query: ReadQuery, prepared: Prepared | undefined): TakenAnswer {
    const onBytes = (chunk: Buffer): void => this.#onBytes(chunk)
    const onError = (error: unknown): void => this.#fail(error)
    const { sql, parameters } = query
    const packet = prepared && packetOf(connection, prepared, parameters)
    if (packet) return readPrepared(connection, packet, onBytes, onError)
    const command = prepared
      ? connection.execute({ sql, values: parameters as never, rowsAsArray: true })
      : connection.query({ sql: inlined(sql, parameters), rowsAsArray: true })
    command.on('error', onError)
    return takeAnswer(connection, command, onBytes)
  }

  /** Whether no row is wanted until {@link resume}. */
  get paused(): boolean {
    return this.#reader.paused
  }

  resume(): void {
    this.#guarded(() => this.#reader.resume())
  }

  /** Nothing more of it is read. */
  leave(): void {
    this.#over = true
  }

  #onBytes(chunk: Buffer): void {
    this.#guarded(() => this.#reader.feed(chunk))
  }

  /** What throws among the events of a socket would end the process. */
  #guarded(read: () => void): void {
    if (this.#over) return
    try {
      read()
    } catch (error) {
      this.#fail(error)
    }
    if (!this.#over) this.#events.read()
  }

  #fail(error: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#events.failed(error)
  }
}

function knownOf(columns: readonly ReadColumn[]): Known {
  let memory = known.get(columns)
  if (!memory) {
    memory = { bytes: Buffer.alloc(0), definitions: [], plan: undefined, planned: undefined }
    known.set(columns, memory)
  }
  return memory
}

function planOf(memory: Known, definitions: readonly ColumnDefinition[], columns: readonly ReadColumn[]): RowPlan {
  if (!memory.plan || memory.planned !== definitions) {
    memory.plan = planRows(definitions, columns)
    memory.planned = definitions
  }
  return memory.plan
}
