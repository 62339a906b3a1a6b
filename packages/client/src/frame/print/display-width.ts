/** What terminals draw two cells wide: East Asian scripts, their punctuation, full-width forms, and emoji. */
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}|\ufe0f/u
/** Half-width Katakana and Hangul belong to these scripts, and are one cell wide. */
const HALF_WIDTH = /^[\uff61-\uffdc]/
const ASCII = /^[ -~]*$/
/** What would move the cursor, reverse the text, or draw nothing. */
const INVISIBLE = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu

let graphemes: Intl.Segmenter | undefined

function segments(text: string): string[] {
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return Array.from(graphemes.segment(text), ({ segment }) => segment)
}

const cellsOf = (grapheme: string): number => (WIDE.test(grapheme) && !HALF_WIDTH.test(grapheme) ? 2 : 1)

/** How many cells of a terminal a text takes. */
export function displayWidth(text: string): number {
  return ASCII.test(text) ? text.length : segments(text).reduce((cells, grapheme) => cells + cellsOf(grapheme), 0)
}

/** The beginning of a text that fits into so many cells, with … if something was cut. */
export function fitted(text: string, cells: number): string {
  // No grapheme is longer than a few characters, and a text may be very long.
  const start = text.slice(0, cells * 16)
  if (start.length === text.length && displayWidth(text) <= cells) return text
  let [kept, used] = ['', 0]
  for (const grapheme of segments(start)) {
    used += cellsOf(grapheme)
    if (used > cells - 1) break
    kept += grapheme
  }
  return `${kept}…`
}

/** A text on one line, with what a terminal would obey written as `\u001b`. */
export function harmless(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const known = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character]
    return known ?? `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
}
