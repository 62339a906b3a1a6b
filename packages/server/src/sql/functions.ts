/**
 * The functions that a statement may call: they only depend on their arguments. Everything else is refused: functions
 * that wait (sleep, benchmark, get_lock), read or write files (load_file, load_extension), or reveal the server or its
 * accounts (version, user, database, connection_id), and those whose result length is a number that the caller chooses
 * (repeat, space, zeroblob). lpad and rpad are allowed because people use them; the database stops them at its text
 * limit, which is reported as an error. Functions that collect rows into JSON (json_arrayagg) have no such limit while
 * they run: MySQL would fill its memory until the time limit.
 */
export const functionsByTheme = {
  aggregates: `
    count sum avg min max total group_concat std stddev stddev_pop stddev_samp variance var_pop var_samp median
    bit_and bit_or bit_xor any_value string_agg`,
  windows: `
    row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value`,
  numbers: `
    abs ceil ceiling floor round truncate trunc sign sqrt pow power exp ln log log2 log10 mod pi
    sin cos tan cot asin acos atan atan2 sinh cosh tanh asinh acosh atanh degrees radians greatest least rand random crc32`,
  texts: `
    length char_length character_length octet_length lower lcase upper ucase trim ltrim rtrim lpad rpad
    substr substring substring_index mid left right concat concat_ws replace instr locate position reverse
    ascii ord char unicode hex format field find_in_set elt strcmp quote
    regexp_like regexp_instr regexp_substr regexp_replace`,
  dates: `
    now curdate current_date current_timestamp date time datetime timestamp year quarter month week weekofyear yearweek weekday
    dayofweek dayofmonth dayofyear dayname monthname day hour minute second microsecond last_day
    date_add date_sub adddate subdate addtime subtime datediff timediff timestampdiff timestampadd
    date_format time_format str_to_date from_unixtime unix_timestamp makedate maketime to_days from_days to_seconds
    period_add period_diff sec_to_time time_to_sec extract strftime julianday unixepoch`,
  choices: 'if iif ifnull nullif coalesce isnull nvl typeof interval cast convert',
  json: `
    json_extract json_value json_unquote json_length json_array_length json_type json_valid json_array json_object
    json_contains json_keys json_quote`,
}

export const functions: ReadonlySet<string> = new Set(
  Object.values(functionsByTheme).flatMap((names) => names.trim().split(/\s+/)),
)
