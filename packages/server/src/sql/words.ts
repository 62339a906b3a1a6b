/**
 * The words that a statement may use as they are. Any other word without quotes is a name, and is quoted before the
 * database sees it: INTO, FOR, LOCK, HANDLER, PROCEDURE and keywords of later versions can only name columns.
 */
export const keywords: ReadonlySet<string> = new Set(
  `
  select distinct from where group by having order asc desc limit offset window
  with recursive as union intersect except all any some
  join inner left right full outer cross natural on using
  and or xor not is in between like escape regexp rlike exists
  null true false unknown
  case when then else end cast convert interval collate binary div mod
  over partition rows range groups unbounded preceding following current row filter nulls first last
  separator rollup both leading trailing current_date current_timestamp
  char varchar text decimal numeric signed unsigned integer int bigint real float double precision date datetime time timestamp year
  microsecond second minute hour day week month quarter
  `
    .trim()
    .split(/\s+/),
)

/** Words that start a refused construct, with the word that must follow, if any, and what to write instead. */
export const refusedWords: ReadonlyMap<string, { readonly next?: string; readonly message: string }> = new Map([
  ['into', { message: 'INTO is refused: the answer goes to the caller' }],
  ['for', { message: 'FOR is refused: sql.run locks nothing; between arguments of a function write commas' }],
  ['lock', { next: 'in', message: 'LOCK IN SHARE MODE is refused: sql.run locks nothing' }],
  ['isnull', { message: 'ISNULL without a parenthesis is refused: write IS NULL' }],
  ['notnull', { message: 'NOTNULL is refused: write IS NOT NULL' }],
  ['procedure', { next: 'analyse', message: 'PROCEDURE is refused' }],
])
