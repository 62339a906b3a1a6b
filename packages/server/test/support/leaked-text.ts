/** What no answer may hold: stacks, places of sources and files, SQL, addresses of databases. */
export const LEAKED_TEXT =
  /\bat [^\n]{1,80}:\d+:\d+|node_modules|node:internal|[/\\](src|dist|tmp|root|home|usr)[/\\]|\.[jt]s:\d|\bselect\b.{1,200}\bfrom\b|\binsert into\b|SQLITE_|ER_[A-Z]+_|sqlite:|mysql:\/\/|You have an error in your SQL/i
