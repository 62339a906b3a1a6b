import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type AnswerCase, cases } from './cases.ts'

export const FOLDER = fileURLToPath(new URL('../../fixtures/answers/', import.meta.url))

/** An answer as a server sent it. */
export interface Recording {
  readonly case: string
  readonly binary: boolean
  readonly deprecateEof: boolean
  readonly extendedMetadata: boolean
  /** In base64. */
  readonly bytes: string
}

/** What a file of recordings holds. */
export interface Recordings {
  readonly server: string
  readonly answers: readonly Recording[]
}

/** All answers that were recorded, each with its case. */
export function recordings(): { readonly title: string; readonly of: AnswerCase; readonly recording: Recording }[] {
  return readdirSync(FOLDER).flatMap((file) => {
    const { server, answers } = JSON.parse(readFileSync(`${FOLDER}${file}`, 'utf8')) as Recordings
    return answers.map((recording) => {
      const of = cases.find(({ name }) => name === recording.case)
      if (!of) throw new Error(`there is no case ${recording.case}`)
      const form = [
        recording.binary ? 'binary' : 'text',
        ...(recording.deprecateEof ? ['without EOF'] : []),
        ...(recording.extendedMetadata ? ['extended metadata'] : []),
      ]
      return { title: `${recording.case} of ${server}, ${form.join(', ')}`, of, recording }
    })
  })
}
