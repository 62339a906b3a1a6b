/** Says which option a bad address was given with. */
export function withOption<Result>(option: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof TypeError) throw new TypeError(`${option}: ${error.message}`, { cause: error })
    throw error
  }
}
