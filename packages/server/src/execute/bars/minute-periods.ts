import type { MinuteRule } from '@stockdb/contract'
import { MS_PER_DAY } from '@stockdb/contract/internal'
import type { Periods } from './session-periods.ts'

const MS_PER_MINUTE = 60_000

/**
 * Periods of some minutes, which restart with each session of a day; the last one ends with its session. Rows outside all
 * sessions are aligned to the clock, and split where a session begins or ends, so none is lost.
 *
 * If the time of a bar is its end, the opening auction, timed at the opening, belongs to the first period of the session.
 */
export class MinutePeriods implements Periods {
  readonly #minutes: number
  readonly #sessions: readonly (readonly [open: number, close: number])[]
  readonly #label: MinuteRule['label']

  constructor(minutes: number, { sessions, label }: MinuteRule) {
    this.#minutes = minutes
    this.#sessions = sessions.map(([open, close]) => [minuteOf(open), minuteOf(close)])
    this.#label = label
  }

  labelOf(ms: number): number {
    const midnight = Math.floor(ms / MS_PER_DAY) * MS_PER_DAY
    const minute = (ms - midnight) / MS_PER_MINUTE
    return midnight + (this.#label === 'end' ? this.#endOf(minute) : this.#startOf(minute)) * MS_PER_MINUTE
  }

  #endOf(minute: number): number {
    const length = this.#minutes
    for (const [open, close] of this.#sessions) {
      if (minute >= open && minute <= close)
        return Math.min(close, open + Math.max(1, Math.ceil((minute - open) / length)) * length)
    }
    const clock = Math.ceil(minute / length) * length
    return Math.min(clock, ...this.#sessions.map(([open]) => open).filter((open) => open > minute))
  }

  #startOf(minute: number): number {
    const length = this.#minutes
    for (const [open, close] of this.#sessions) {
      if (minute >= open && minute < close) return open + Math.floor((minute - open) / length) * length
    }
    const clock = Math.floor(minute / length) * length
    return Math.max(clock, ...this.#sessions.map(([, close]) => close).filter((close) => close <= minute))
  }
}

function minuteOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number) as [number, number]
  return hours * 60 + minutes
}
