/** More different moments are not remembered. */
const MOST = 64

const texts = new Map<number, string>()

/**
 * Formats the moment at which something was read. Many answers have the same one, and finding its text is faster than making
 * it.
 */
export function momentText(ms: number): string {
  let text = texts.get(ms)
  if (text === undefined) {
    text = new Date(ms).toISOString()
    if (texts.size >= MOST) texts.clear()
    texts.set(ms, text)
  }
  return text
}
