import type { SessionDays } from '../session-days.ts'
import { Numbers } from './numbers.ts'

/** The initial capacity in symbols. */
const FIRST_ROOM = 16
/** The most gaps in memory, at 12 bytes each; a market has a few thousand a year. */
const MAX_GAPS = 262_144
const NONE = -1

/**
 * Records on which trading days symbols have rows, from rows ordered by date within each symbol: the first, the last, and the
 * gaps between. Trading days are indexes into the calendar; rows on other days are ignored.
 */
export class CellRuns {
  readonly #days: Int32Array
  readonly #sessions: SessionDays
  /** By code; -1 without a row. */
  first = new Int32Array(FIRST_ROOM).fill(NONE)
  last = new Int32Array(FIRST_ROOM).fill(NONE)
  /** All codes with rows are below it. */
  codes = 0
  /** The code of the last row. */
  lastCode = NONE
  /** Gaps as triples: code, index of the first day without a row, index of the next day with a row. */
  readonly gaps = new Numbers()
  /** Whether the order of the rows makes gaps unknowable. */
  broken = false

  constructor(sessions: SessionDays) {
    this.#sessions = sessions
    this.#days = sessions.days
  }

  add(codes: Int32Array, days: Int32Array): void {
    const sessions = this.#days
    let code = NONE
    let place = NONE
    let day = Number.NaN
    for (let row = 0; row < codes.length; row++) {
      const next = codes[row] as number
      if (next !== code) {
        if (code !== NONE) this.last[code] = place
        code = next
        if (code >= this.codes) this.#makeRoom(code)
        place = this.last[code] as number
      } else if (days[row] === day) continue
      day = days[row] as number
      // Usually it is the one after the last.
      if (place === NONE || sessions[place + 1] !== day) {
        const found = this.#placeOf(day)
        if (found === NONE || found === place) continue
        if (place === NONE) this.first[code] = found
        else this.#gap(code, place + 1, found)
        place = found
      } else place++
    }
    if (code !== NONE) {
      this.last[code] = place
      this.lastCode = code
    }
  }

  #placeOf(day: number): number {
    const place = this.#sessions.indexFrom(day)
    return this.#days[place] === day ? place : NONE
  }

  #gap(code: number, from: number, to: number): void {
    if (to < from || this.gaps.length >= MAX_GAPS * 3) {
      this.broken = true
      return
    }
    if (to === from) return
    this.gaps.push(code)
    this.gaps.push(from)
    this.gaps.push(to)
  }

  #makeRoom(code: number): void {
    this.codes = code + 1
    if (code < this.first.length) return
    this.first = grown(this.first, code + 1)
    this.last = grown(this.last, code + 1)
  }
}

function grown(values: Int32Array, least: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(Math.max(values.length * 2, least)).fill(NONE)
  more.set(values)
  return more
}
