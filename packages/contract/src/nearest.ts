/** The word with the smallest edit distance. */
export function nearest(word: string, words: readonly string[]): string {
  const distances = words.map((one) => distance(word.toLowerCase().slice(0, 60), one.toLowerCase()))
  return words[distances.indexOf(Math.min(...distances))] ?? ''
}

/** A question before the problem with a name, or nothing: a list of all names may be long. Half of the letters must be the same. */
export function didYouMean(name: string, names: readonly string[]): string {
  const near = nearest(name, names)
  const same = [...near].filter((letter) => name.toLowerCase().includes(letter.toLowerCase())).length
  return same * 2 > near.length ? `did you mean "${near}"? ` : ''
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
