import type { MinuteRule } from '@stockdb/contract'
import { datetimeOf, millisecondsOf } from '@stockdb/contract/internal'
import { describe, expect, it } from 'vitest'
import { MinutePeriods } from '../../../src/execute/bars/minute-periods.ts'

const china: MinuteRule = {
  frequency: 'freq',
  sessions: [
    ['09:30', '11:30'],
    ['13:00', '15:00'],
  ],
  label: 'end',
}
const newYork: MinuteRule = { frequency: 'freq', sessions: [['09:30', '16:00']], label: 'start' }

const label = (rule: MinuteRule, minutes: number, time: string): string =>
  datetimeOf(new MinutePeriods(minutes, rule).labelOf(millisecondsOf(`2024-01-02 ${time}:00`))).slice(11, 16)

describe('periods labelled with their end', () => {
  it.each([
    // The call auction belongs to the first period; a bar on a boundary ends the period before it.
    [5, '09:30', '09:35'],
    [5, '09:31', '09:35'],
    [5, '09:35', '09:35'],
    [5, '09:36', '09:40'],
    [5, '11:30', '11:30'],
    [5, '13:01', '13:05'],
    [5, '15:00', '15:00'],
    [60, '09:30', '10:30'],
    [60, '10:31', '11:30'],
    [60, '13:01', '14:00'],
    [60, '14:01', '15:00'],
    // A partial period ends with its session.
    [50, '11:20', '11:30'],
    [240, '11:29', '11:30'],
    [240, '13:01', '15:00'],
    // Outside the sessions by the clock, up to the next session.
    [5, '09:25', '09:25'],
    [60, '09:15', '09:30'],
    [5, '12:01', '12:05'],
    [60, '12:01', '13:00'],
    [5, '15:05', '15:05'],
    [30, '15:05', '15:30'],
  ])('%i minutes: a bar at %s belongs to %s', (minutes, time, expected) => {
    expect(label(china, minutes, time)).toBe(expected)
  })
})

describe('periods labelled with their start', () => {
  it.each([
    [5, '09:30', '09:30'],
    [5, '09:34', '09:30'],
    [5, '09:35', '09:35'],
    [60, '10:29', '09:30'],
    [60, '10:30', '10:30'],
    [60, '15:59', '15:30'],
    [60, '09:29', '09:00'],
    [60, '04:00', '04:00'],
    [60, '16:00', '16:00'],
    [45, '16:10', '16:00'],
    [60, '19:59', '19:00'],
  ])('%i minutes: a bar at %s belongs to %s', (minutes, time, expected) => {
    expect(label(newYork, minutes, time)).toBe(expected)
  })
})

describe.each([china, newYork])('periods of $label', (rule) => {
  it('never go back in time, and never mix a session with trading outside it', () => {
    for (const minutes of [1, 2, 3, 5, 7, 15, 30, 45, 60, 90, 120, 240, 1_440]) {
      let before = ''
      const phases = new Map<string, string>()
      for (let minute = 0; minute < 1_440; minute++) {
        const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
        const at = new MinutePeriods(minutes, rule).labelOf(millisecondsOf(`2024-01-02 ${time}:00`))
        const text = datetimeOf(at)
        expect(text >= before).toBe(true)
        before = text
        const phase = rule.sessions.findIndex(([open, close]) =>
          rule.label === 'end' ? time >= open && time <= close : time >= open && time < close,
        )
        const where =
          phase >= 0 ? `session ${phase}` : `outside ${rule.sessions.filter(([open]) => open <= time).length}`
        expect(phases.get(text) ?? where, `${minutes} minutes, ${text}`).toBe(where)
        phases.set(text, where)
      }
    }
  })
})
