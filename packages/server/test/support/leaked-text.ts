/** What no answer may hold: stacks, places of sources and files, SQL, errors and addresses of databases. */
export const LEAKED_TEXT =
  /\bat [^\n]{1,80}:\d+:\d+|node_modules|node:internal|[/\\](src|dist|tmp|root|home|usr)[/\\]|\.[jt]s:\d|\b(select|SELECT)\b.{1,400}\b(from|FROM)\b *[`"\\(]|\b(insert into|INSERT INTO)\b|SQLITE_|\bER_[A-Z]+_|sqlite:|mysql:\/\/|an error in your SQL|near ".{0,40}": syntax error/
