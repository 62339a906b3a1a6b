/** Names that a column of an answer can not have: the first would be lost on objects. */
const UNFIT = /^(?:__proto__|)$|[\p{Cc}\p{Cs}]/u
const MAX_LENGTH = 256

/**
 * The names of the columns of an answer, all different: `n` and `n` are answered as `n` and `n_2`. What can be no name, such
 * as an empty text, is answered as `column_1` by its place.
 */
export function columnNames(given: readonly string[]): readonly string[] {
  const fit = given.map((name, index) => (UNFIT.test(name) || name.length > MAX_LENGTH ? `column_${index + 1}` : name))
  const wanted = new Set(fit)
  const taken = new Set<string>()
  return fit.map((name) => {
    let unique = name
    for (let count = 2; taken.has(unique) || (unique !== name && wanted.has(unique)); count++)
      unique = `${name}_${count}`
    taken.add(unique)
    return unique
  })
}
