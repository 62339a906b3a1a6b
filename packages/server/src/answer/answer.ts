import { type Batch, type FrameHead, type FramePiece, type FrameSource, isValid, type Vector } from '@stockdb/contract'
import type { RowSource, Snapshot } from '../engine/engine.ts'
import { adjustBatch, ruleTexts } from '../query/adjustment.ts'
import { FACTOR_COLUMN } from '../query/factor.ts'
import { type Adjustment, type Question, readTogether } from '../query/question.ts'
import type { SessionDays } from '../query/session-days.ts'
import { type OpenedBars, openBars } from './bars.ts'
import { collect } from './collect.ts'
import { CoverageCount } from './coverage-count.ts'
import { calendarAsOf, calendarFor, type KnownCalendar } from './known-calendar.ts'
import { readAtOnce } from './reading.ts'
import type { Sources } from './sources.ts'

/**
 * Answers a question: its head at once, its rows batch by batch as they are pulled. Nothing is held but the batch in
 * hand and, for qfq, one factor a symbol. All that it is made of is read in one state of the database.
 */
export async function answer(
  { engine, sessions }: Sources,
  question: Question,
  signal: AbortSignal,
): Promise<FrameSource> {
  const calendar = await calendarFor(sessions, question)
  return readAtOnce(engine, readTogether(question), signal, (reading) =>
    answerFrom(reading, question, calendar, signal),
  )
}

/** As {@link answer}, from what was opened for it and perhaps for more; its rows are the last that is read of that. */
export async function answerFrom(
  reading: Snapshot,
  question: Question,
  calendar: KnownCalendar,
  signal: AbortSignal,
): Promise<FrameSource> {
  const { dataset, adjustment, asOf, bars } = question
  const anchored = adjustment?.plan.adjust === 'qfq' ? await findAnchor(reading, adjustment, signal) : undefined
  const opened = await openBars(reading, question, calendar, signal)
  const { symbol, date } = dataset
  const adjust = adjustment?.plan.adjust ?? 'none'
  const head: FrameHead = {
    fields: question.fields,
    meta: {
      dataset: dataset.name,
      ...(symbol === undefined ? {} : { symbol }),
      ...(date === undefined ? {} : { date }),
      arguments: question.arguments,
      ...(dataset.adjustment ? { adjust, rule: ruleTexts[adjust] } : {}),
      ...(bars ? { freq: bars.kind === 'sessions' ? bars.period : bars.freq } : {}),
      ...(opened.from === undefined ? {} : { from: opened.from }),
      ...(asOf ? { asOf: asOf.date, rule: asOf.rule } : {}),
      ...(anchored?.date === undefined ? {} : { anchor: anchored.date }),
      ...calendarAsOf(calendar),
    },
  }
  const found = { ...opened, anchors: anchored?.factors, days: calendar.days }
  return { head, pieces: pieces(reading, question, found, signal) }
}

interface Anchored {
  /** Absent when the answer has no row, and no end was given. */
  readonly date?: string
  readonly factors: ReadonlyMap<string, number>
}

async function findAnchor(source: RowSource, adjustment: Adjustment, signal: AbortSignal): Promise<Anchored> {
  const date = adjustment.anchor ?? (await collect(source, adjustment.lastDate(), signal))[0]?.[0]
  if (typeof date !== 'string') return { factors: new Map() }
  const [symbols = [], factors = []] = await collect(source, adjustment.anchorFactors(date), signal)
  return { date, factors: new Map(Array.from(symbols, (symbol, row) => [String(symbol), Number(factors[row])])) }
}

interface Found extends OpenedBars {
  readonly anchors: Anchored['factors'] | undefined
  readonly days: SessionDays | undefined
}

async function* pieces(
  reading: Snapshot,
  { dataset, fields, limit = Number.POSITIVE_INFINITY, adjustment, span }: Question,
  { query, builder, anchors, days }: Found,
  signal: AbortSignal,
): AsyncGenerator<FramePiece> {
  const names = query.columns.map(({ name }) => name)
  let rows = 0
  let complete = true
  const covered = span && new CoverageCount(dataset, span, names)
  const cut = (batch: Batch): Batch => {
    if (rows + batch.numRows <= limit) return batch
    complete = false
    return firstRows(batch, limit - rows)
  }
  for await (const { batch: read, last } of reading.readLast(query, signal)) {
    let batch = builder ? read : cut(read)
    if (!builder) covered?.add(batch, batch !== read)
    if (adjustment && dataset.symbol) {
      batch = adjustBatch(adjustment.plan, batch, names, { symbol: dataset.symbol, factor: FACTOR_COLUMN }, anchors)
    }
    if (builder) {
      batch = cut(builder.take(batch, last))
      covered?.addBars(batch, read, builder.used)
    }
    rows += batch.numRows
    const asked = { ...batch, vectors: batch.vectors.slice(0, fields.length) }
    // No more than one row beyond the limit is read, but the rows of all bars are.
    const ended = last || (builder !== undefined && !complete)
    if (ended) yield { batch: asked, tail: { rows, complete, ...(covered ? { coverage: covered.take(days) } : {}) } }
    else yield { batch: asked }
    if (ended) return
  }
}

function firstRows({ vectors }: Batch, numRows: number): Batch {
  const cut = (vector: Vector): Vector => {
    let nullCount = vector.nullCount
    if (vector.validity) {
      nullCount = 0
      for (let row = 0; row < numRows; row++) if (!isValid(vector, row)) nullCount++
    }
    return { ...vector, values: vector.values.slice(0, numRows), nullCount } as Vector
  }
  return { numRows, vectors: vectors.map(cut) }
}
