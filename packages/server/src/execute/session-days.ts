/** The trading days of an exchange, within the span that its calendar covers. Days are days since 1970-01-01. */
export class SessionDays {
  /** First and last day, open or not, that the calendar has. */
  readonly first: number
  readonly last: number
  /** Ascending. */
  readonly days: Int32Array
  /** When they were read, in milliseconds since 1970-01-01 UTC. */
  readonly asOf: number
  /** The dataset that they were read from, for messages. */
  readonly calendar: string

  constructor(first: number, last: number, days: Int32Array, asOf: number, calendar: string) {
    this.first = first
    this.last = last
    this.days = days
    this.asOf = asOf
    this.calendar = calendar
  }

  /** How many trading days there are from one day to another, both inclusive; `undefined` if the calendar does not cover them. */
  count(from: number, until: number): number | undefined {
    if (from > until) return 0
    if (from < this.first || until > this.last) return undefined
    return this.indexFrom(until + 1) - this.indexFrom(from)
  }

  /** The trading days from one day to another, both inclusive. */
  between(from: number, until: number): Int32Array {
    return this.days.subarray(this.indexFrom(from), this.indexFrom(until + 1))
  }

  /** The n-th trading day after (n > 0) or before (n < 0) a day; for 0 the last one on or before it. */
  offset(day: number, n: number): number | undefined {
    return this.days[
      n > 0 ? this.indexFrom(day + 1) + n - 1 : n < 0 ? this.indexFrom(day) + n : this.indexFrom(day + 1) - 1
    ]
  }

  /** The place of the first trading day on or after a day; the number of days if there is none. */
  indexFrom(day: number): number {
    let [low, high] = [0, this.days.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.days[middle] as number) < day) low = middle + 1
      else high = middle
    }
    return low
  }
}
