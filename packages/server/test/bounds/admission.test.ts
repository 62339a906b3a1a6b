import { describe, expect, it } from 'vitest'
import { Admission } from '../../src/bounds/admission.ts'
import type { Pressure } from '../../src/bounds/pressure.ts'
import type { Load } from '../../src/bounds/semaphore.ts'
import { defaultBounds } from '../../src/bounds/settings.ts'

const LIMIT = 10
const RETRY_MS = 100
const never = new AbortController().signal

/** A database whose connections are all asked for, and that says how many of them it was told to use. */
function overloadedDatabase(): Load & { overloaded: boolean; told: (number | undefined)[] } {
  const told: (number | undefined)[] = []
  const shedLoad = (usable?: number): number => {
    told.push(usable)
    return RETRY_MS
  }
  return { limit: LIMIT, inUse: LIMIT, waiting: 0, overloaded: true, told, shedLoad }
}

/** Turns so long, of admitted calls alone, that few calls at once are worth working on. */
function makeTurnsLong(admission: Admission): void {
  for (let turn = 0; turn < 50; turn++) admission.turned({ ms: 30, admitted: LIMIT, refused: 0 })
}

const admissionFor = (database: Load): Admission =>
  // It is only asked why heavy calls are refused.
  new Admission(defaultBounds, { reason: undefined } as Pressure, database)
const enter = (admission: Admission, caller: string) =>
  admission.enter({ caller, calls: 1, bodyBytes: 0, subscription: false, exempt: false })

describe('admission under overload', () => {
  it('admits one caller’s calls up to all connections while turns are short', () => {
    const admission = admissionFor(overloadedDatabase())
    for (let call = 0; call < LIMIT; call++) enter(admission, 'a')
    expect(() => enter(admission, 'a')).toThrow(/faster than they can be answered/)
  })

  it('admits fewer at once while turns are long, and all again when there is no overload', () => {
    const database = overloadedDatabase()
    const admission = admissionFor(database)
    makeTurnsLong(admission)
    for (let call = 0; call < 4; call++) enter(admission, 'a')
    expect(() => enter(admission, 'a')).toThrow(/faster than they can be answered/)
    expect(database.told).toEqual([4])
    database.overloaded = false
    admission.turned({ ms: 30, admitted: 4, refused: 0 })
    for (let call = 4; call < LIMIT; call++) enter(admission, 'a')
    expect(admission.calls).toBe(LIMIT)
  })

  it('a caller beside one who floods the server always has a call admitted', () => {
    const admission = admissionFor(overloadedDatabase())
    makeTurnsLong(admission)
    for (let call = 0; call < 4; call++) enter(admission, 'a')
    const others = ['b', 'c', 'd', 'e']
    for (const caller of others) enter(admission, caller)
    for (const caller of ['a', ...others]) expect(() => enter(admission, caller)).toThrow(/faster/)
    expect(admission.calls).toBe(4 + others.length)
  })

  it('does not count connections of heavy calls, which may wait for their readers', async () => {
    const database = overloadedDatabase()
    const admission = admissionFor(database)
    for (let call = 0; call < 4; call++) await enter(admission, 'heavy').heavy(never)
    makeTurnsLong(admission)
    for (let call = 0; call < 4; call++) enter(admission, 'a')
    expect(() => enter(admission, 'a')).toThrow(/faster/)
    expect(database.told).toEqual([8])
  })

  it('exempt calls get through', () => {
    const admission = admissionFor(overloadedDatabase())
    makeTurnsLong(admission)
    for (let call = 0; call < LIMIT; call++)
      admission.enter({ caller: 'a', calls: 1, bodyBytes: 0, subscription: false, exempt: true })
    expect(admission.calls).toBe(LIMIT)
  })
})
