/** What no answer may hold: stacks, places of sources and files, addresses of databases. */
export const LEAKED_PLACE =
  /\bat [^\n]{0,80}([/\\]|node:|<anonymous>)[^\s"]{0,200}:\d+:\d+|node_modules|node:internal|[/\\](src|dist|tmp|root|home|usr)[/\\]|\.[jt]s:\d|sqlite:|mysql:\/\//

/** What no answer may hold but one to a statement of the caller's own: SQL, and what databases say of it. */
export const LEAKED_SQL =
  /\b(select|SELECT)\b.{1,400}\b(from|FROM)\b *[`"\\(]|\b(insert into|INSERT INTO)\b|SQLITE_|\bER_[A-Z]+_|an error in your SQL|near ".{0,40}": syntax error/
