/** Text that no answer may contain: stacks, source locations, file paths, database addresses. */
export const LEAKED_PLACE =
  /\bat [^\n]{0,80}([/\\]|node:|<anonymous>)[^\s"]{0,200}:\d+:\d+|node_modules|node:internal|[/\\](src|dist|tmp|root|home|usr)[/\\]|\.[jt]s:\d|sqlite:|mysql:\/\//

/** Text allowed only in answers to the caller's own statements: SQL, and database messages about it. */
export const LEAKED_SQL =
  /\b(select|SELECT)\b.{1,400}\b(from|FROM)\b *[`"\\(]|\b(insert into|INSERT INTO)\b|SQLITE_|\bER_[A-Z]+_|an error in your SQL|near ".{0,40}": syntax error/
