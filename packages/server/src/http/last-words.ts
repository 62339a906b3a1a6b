/** How long a caller gets to read the error at the end of a broken stream before the connection is dropped. */
export const LAST_WORDS_MS = 250
