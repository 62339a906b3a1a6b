import type { Batch, FrameHead, FramePiece, FrameSource, Vector } from '@stockdb/contract'
import type { Engine } from '../engine/engine.ts'
import { adjustBatch, ruleTexts } from '../query/adjustment.ts'
import { FACTOR_COLUMN } from '../query/factor.ts'
import type { Adjustment, Question } from '../query/question.ts'
import { collect } from './collect.ts'
import { CoverageCount } from './coverage-count.ts'
import type { SessionDays } from './session-days.ts'
import type { Sessions } from './sessions.ts'

/** Where answers come from. */
export interface Sources {
  readonly engine: Engine
  readonly sessions: Sessions
}

/**
 * Answers a question: its head at once, its rows batch by batch as they are pulled. Nothing is held but the batch in
 * hand and, for qfq, one factor a symbol.
 */
export async function answer(
  { engine, sessions }: Sources,
  question: Question,
  signal: AbortSignal,
): Promise<FrameSource> {
  const { dataset, adjustment, asOf } = question
  const anchored = adjustment?.plan.adjust === 'qfq' ? await findAnchor(engine, adjustment, signal) : undefined
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
      ...(asOf ? { asOf: asOf.date, rule: asOf.rule } : {}),
      ...(anchored?.date === undefined ? {} : { anchor: anchored.date }),
    },
  }
  // Before the read, which holds a connection: one for this must not be waited for meanwhile.
  const days = question.span && (await sessions.ifKnown(dataset.calendar))
  return { head, pieces: pieces(engine, question, { anchors: anchored?.factors, days }, signal) }
}

interface Anchored {
  /** Absent when the answer has no row, and no end was given. */
  readonly date?: string
  readonly factors: ReadonlyMap<string, number>
}

async function findAnchor(engine: Engine, adjustment: Adjustment, signal: AbortSignal): Promise<Anchored> {
  const date = adjustment.anchor ?? (await collect(engine, adjustment.lastDate(), signal))[0]?.[0]
  if (typeof date !== 'string') return { factors: new Map() }
  const [symbols = [], factors = []] = await collect(engine, adjustment.anchorFactors(date), signal)
  return { date, factors: new Map(Array.from(symbols, (symbol, row) => [String(symbol), Number(factors[row])])) }
}

async function* pieces(
  engine: Engine,
  { dataset, query, fields, limit = Number.POSITIVE_INFINITY, adjustment, span }: Question,
  { anchors, days }: { anchors: Anchored['factors'] | undefined; days: SessionDays | undefined },
  signal: AbortSignal,
): AsyncGenerator<FramePiece> {
  const names = query.columns.map(({ name }) => name)
  let rows = 0
  let complete = true
  const covered = span && new CoverageCount(dataset, span, names)
  for await (const { batch: read, last } of engine.read(query, signal)) {
    let batch = read
    if (rows + batch.numRows > limit) {
      complete = false
      batch = firstRows(batch, limit - rows)
    }
    rows += batch.numRows
    covered?.add(batch, batch !== read)
    if (adjustment && dataset.symbol) {
      batch = adjustBatch(adjustment.plan, batch, names, { symbol: dataset.symbol, factor: FACTOR_COLUMN }, anchors)
    }
    const asked = { ...batch, vectors: batch.vectors.slice(0, fields.length) }
    if (last) yield { batch: asked, tail: { rows, complete, ...(covered ? { coverage: covered.take(days) } : {}) } }
    else yield { batch: asked }
  }
}

function firstRows({ vectors }: Batch, numRows: number): Batch {
  const cut = (vector: Vector): Vector => {
    let nullCount = vector.nullCount
    if (vector.validity) {
      nullCount = 0
      for (let row = 0; row < numRows; row++) nullCount += 1 - (((vector.validity[row >> 3] ?? 0) >> (row & 7)) & 1)
    }
    return { ...vector, values: vector.values.slice(0, numRows), nullCount } as Vector
  }
  return { numRows, vectors: vectors.map(cut) }
}
