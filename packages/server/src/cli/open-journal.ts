import { dirname } from 'node:path'
import { makeFolder } from '../engine/make-folder.ts'
import { describeEnd, Journal, type JournalCall } from '../telemetry/journal.ts'
import type { Log } from '../telemetry/log.ts'

/** Logs how the previous server ended, and starts the journal for the next one. */
export function openJournal(file: string, running: () => readonly JournalCall[], log: Log): Journal {
  const journal = new Journal(file, running)
  const before = journal.before()
  if (before) {
    const level = before.state === 'stopped' ? 'info' : 'warn'
    log[level]({ lastEnd: before }, describeEnd(before))
  }
  try {
    makeFolder(dirname(file))
    journal.begin()
  } catch (error) {
    log.warn({ err: error }, 'cannot write to the data folder: the next server will not know how this one ended')
  }
  return journal
}
