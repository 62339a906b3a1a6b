/** More different moments are not remembered. */
const MOST = 64

const texts = new Map<number, string>()

/** A moment as answers tell as of when something was read. Many answers tell the same one, and making the text takes longer than finding it. */
export function momentText(ms: number): string {
  let text = texts.get(ms)
  if (text === undefined) {
    text = new Date(ms).toISOString()
    if (texts.size >= MOST) texts.clear()
    texts.set(ms, text)
  }
  return text
}
