import type { Change } from '@stockdb/contract/wire'
import { expect, it } from 'vitest'
import { eventFor, Topics } from '../../src/write/topics.ts'

const changeOf = (symbols: readonly string[] | null, dataset = 'daily'): Change => ({
  ...{ sequence: 7, dataset, start: '2024-01-02', end: '2024-01-02', symbols },
  ...{ inserted: 1, changed: 0, unchanged: 0, deleted: 0, by: 'me', at: '2024-01-02 00:00:00.000' },
})

it('listeners to the same symbols, in any order, are told one event', () => {
  const topics = new Topics()
  const one = topics.join('daily', ['A', 'B'])
  expect(topics.join('daily', ['B', 'A', 'B'])).toBe(one)
  expect(topics.join('daily', ['A'])).not.toBe(one)
  expect(topics.join('adj_factor', ['A', 'B'])).not.toBe(one)
  expect(topics.join('daily', undefined)).not.toBe(one)
})

it('a change is told with those of its symbols that a listener waits for', () => {
  const topics = new Topics()
  const [both, all, none] = [
    topics.join('daily', ['B', 'A']),
    topics.join('daily', undefined),
    topics.join('daily', ['Z']),
  ]
  topics.join('adj_factor', ['A'])
  const change = changeOf(['C', 'A', 'B'])
  const events = new Map(topics.eventsOf(change))
  expect([events.get(all)?.symbols, events.get(both)?.symbols, events.has(none)]).toEqual([
    ['C', 'A', 'B'],
    ['A', 'B'],
    false,
  ])
  expect(events.size).toBe(2)
  // One who was behind is told the same.
  for (const topic of [both, all, none]) expect(eventFor(topic, change)).toEqual(events.get(topic))
})

it('a change of many symbols is told to every listener of its dataset, as one event', () => {
  const topics = new Topics()
  topics.join('daily', ['A'])
  topics.join('daily', undefined)
  topics.join('adj_factor', undefined)
  const events = [...topics.eventsOf(changeOf(null))].map(([, event]) => event)
  expect(events).toHaveLength(2)
  expect(events[0]).toBe(events[1])
})

it('a topic is forgotten with its last listener', () => {
  const topics = new Topics()
  const topic = topics.join('daily', ['A'])
  topics.join('daily', ['A'])
  topics.leave(topic)
  expect([...topics.eventsOf(changeOf(['A']))]).toHaveLength(1)
  topics.leave(topic)
  expect([...topics.eventsOf(changeOf(['A']))]).toEqual([])
  expect([...topics.eventsOf(changeOf(null))]).toEqual([])
})
