/** Why a file was not imported: where in it, and what was expected there. */
export class ImportError extends Error {
  override readonly name = 'ImportError'
  readonly file: string
  /** Line of the file, counted from 1; `undefined` when the whole file is meant. */
  readonly line: number | undefined

  constructor(file: string, line: number | undefined, reason: string, options?: ErrorOptions) {
    super(`${file}${line === undefined ? '' : `, line ${line}`}: ${reason}`, options)
    this.file = file
    this.line = line
  }
}
