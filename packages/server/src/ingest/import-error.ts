/** Why a file was not imported, and where: what was found and what was expected. */
export class ImportError extends Error {
  override readonly name = 'ImportError'
  readonly file: string
  /** Line of the file, counted from 1; `undefined` if the error concerns the whole file. */
  readonly line: number | undefined

  constructor(file: string, line: number | undefined, reason: string, options?: ErrorOptions) {
    super(`${file}${line === undefined ? '' : `, line ${line}`}: ${reason}`, options)
    this.file = file
    this.line = line
  }
}
