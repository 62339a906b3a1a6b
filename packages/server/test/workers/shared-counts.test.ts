import { StockdbError } from '@stockdb/contract/wire'
import { afterEach, expect, it } from 'vitest'
import { Admission } from '../../src/bounds/admission.ts'
import { Pressure } from '../../src/bounds/pressure.ts'
import { Rate } from '../../src/bounds/rate.ts'
import { type Bounds, defaultBounds } from '../../src/bounds/settings.ts'
import { Connections } from '../../src/http/connections.ts'
import { SharedCounts } from '../../src/workers/shared-counts.ts'

const ended: (() => void)[] = []
afterEach(() => {
  for (const end of ended.splice(0)) end()
})

const database = { limit: 4, inUse: 0, waiting: 0, overloaded: false, shedLoad: () => undefined }

/** What decides in each of so many workers, in one thread. */
function admissions(workers: number, bounds: Partial<Bounds>) {
  const memory = SharedCounts.memoryFor(workers)
  const main = new SharedCounts(memory, workers, 0)
  const all = Array.from({ length: workers }, (_, index) => {
    const whole = { ...defaultBounds, ...bounds }
    const pressure = new Pressure(whole, () => {})
    ended.push(() => pressure.stop())
    return new Admission(whole, pressure, database, new SharedCounts(memory, workers, index + 1))
  })
  return { main, memory, all }
}

const asked = { caller: 'a', calls: 1, bodyBytes: 0, subscription: false, exempt: true }
const codeOf = (act: () => unknown): string => {
  try {
    act()
    return 'ok'
  } catch (error) {
    return error instanceof StockdbError ? error.code : String(error)
  }
}

it('limits the calls of all workers together, and gives places back', () => {
  const [one, other] = admissions(2, { maxCalls: 3 }).all as [Admission, Admission]
  const first = one.enter(asked)
  one.enter({ ...asked, caller: 'b' })
  other.enter({ ...asked, caller: 'c' })
  for (const worker of [one, other]) expect(codeOf(() => worker.enter({ ...asked, caller: 'd' }))).toBe('OVERLOADED')
  expect(other.shedLoad('d', 1, true)).toMatchObject({ code: 'OVERLOADED' })
  first.leave()
  expect(codeOf(() => other.enter({ ...asked, caller: 'd' }))).toBe('ok')
})

it('limits the calls, the bytes and the rate of one caller wherever they are', () => {
  const [one, other] = admissions(2, { maxCallsPerCaller: 2, maxBytesInFlightPerCaller: 2 ** 20 }).all as [
    Admission,
    Admission,
  ]
  const first = one.enter(asked)
  other.enter(asked)
  expect(codeOf(() => one.enter(asked))).toBe('RATE_LIMITED')
  expect(codeOf(() => one.enter({ ...asked, caller: 'b' }))).toBe('ok')
  first.leave()
  first.leave()
  const large = { ...asked, caller: 'large', bodyBytes: 600_000 }
  one.enter(large)
  expect(codeOf(() => other.enter(large))).toBe('RATE_LIMITED')

  const memory = SharedCounts.memoryFor(2)
  const [rate, otherRate] = [1, 2].map((worker) => new Rate(10, new SharedCounts(memory, 2, worker))) as [Rate, Rate]
  expect(rate.take('a', 6)).toBeUndefined()
  expect(otherRate.take('a', 4)).toBeUndefined()
  expect(rate.take('a', 1)).toBeGreaterThan(0)
  expect(otherRate.take('a', 1)).toBeGreaterThan(0)
  expect(otherRate.take('b', 10)).toBeUndefined()
})

it('limits subscriptions and heavy calls of all; who waits for a heavy one gets the place of another worker', async () => {
  const [one, other] = admissions(2, { maxSubscriptions: 1, maxHeavyCalls: 1 }).all as [Admission, Admission]
  const watch = one.enter({ ...asked, subscription: true })
  expect(codeOf(() => other.enter({ ...asked, subscription: true }))).toBe('OVERLOADED')
  watch.leave()
  expect(codeOf(() => other.enter({ ...asked, subscription: true }))).toBe('ok')

  const { signal } = new AbortController()
  const release = await one.enter(asked).heavy(signal)
  let got = false
  const waiting = other
    .enter(asked)
    .heavy(signal)
    .then(() => {
      got = true
    })
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect([got, other.heavy.waiting]).toEqual([false, 1])
  release()
  await waiting
  expect(got).toBe(true)
})

it('gives back what a dead worker held', () => {
  const { main, memory, all } = admissions(2, { maxCalls: 2, maxCallsPerCaller: 2 })
  const [one, other] = all as [Admission, Admission]
  one.enter(asked)
  one.enter(asked)
  expect(codeOf(() => other.enter(asked))).toBe('RATE_LIMITED')
  // It died while it held the lock.
  new Int32Array(memory)[0] = 1
  main.forget(1)
  expect(codeOf(() => other.enter(asked))).toBe('ok')
  expect(codeOf(() => other.enter({ ...asked, caller: 'never seen' }))).toBe('ok')
})

it('counts more callers than the table has places, more strictly and never less', () => {
  const memory = SharedCounts.memoryFor(2)
  const [one, other] = [1, 2].map((worker) => new SharedCounts(memory, 2, worker)) as [SharedCounts, SharedCounts]
  const names = Array.from({ length: 6_000 }, (_, index) => `caller ${index}`)
  for (const name of names) one.callerOf(name).publish(1, 2_000)
  const counted = names.map((name) => other.callerOf(name).callsElsewhere)
  expect(Math.min(...counted)).toBe(1)
  expect(counted.filter((calls) => calls === 1).length).toBeGreaterThan(3_000)
  for (const name of names) one.callerOf(name).publish(0, 0)
  expect(names.map((name) => other.callerOf(name).callsElsewhere).some((calls) => calls !== 0)).toBe(false)
})

it('limits connections of all workers together', () => {
  const memory = SharedCounts.memoryFor(2)
  const [one, other] = [1, 2].map(
    (worker) =>
      new Connections({
        ...{ maxConnections: 3, maxConnectionsPerAddress: 2, shared: new SharedCounts(memory, 2, worker) },
        ...{ exempt: (address: string) => address === '10.0.0.9', onClosed: () => {} },
      }),
  ) as [Connections, Connections]
  let port = 0
  const open = (connections: Connections, remoteAddress: string) => {
    const socket = {
      ...{ remoteAddress, remotePort: port++, destroyed: false, on: () => {} },
      destroy() {
        this.destroyed = true
      },
    }
    // As much of a socket as is counted.
    connections.add(socket as never)
    return socket
  }
  const first = open(one, '10.0.0.1')
  expect(open(other, '10.0.0.1').destroyed).toBe(false)
  // The third of this address: a worker makes room among its own.
  expect(open(one, '10.0.0.1').destroyed).toBe(false)
  expect(first.destroyed).toBe(true)
  expect(open(other, '10.0.0.9').destroyed).toBe(false)
  open(one, '10.0.0.9')
  expect(one.size + other.size).toBe(3)
})
