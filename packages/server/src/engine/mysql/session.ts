/** A session variable that stockdb sets on each connection. */
export interface Pin {
  readonly value: string | number | bigint
  /** The product that has it; by default both. */
  readonly of?: 'mysql' | 'mariadb'
  /** The first version with it, as in an executable comment: 80013, 100502. */
  readonly since?: number
  /** Sufficient value if only an administrator may set it, as in MySQL, where it is only read. */
  readonly least?: number
  /** The effect of another value. */
  readonly why: string
}

/** The maximum of BIGINT UNSIGNED. */
const UNLIMITED = 2n ** 64n - 1n

/** How long a statement waits for a lock: the usual time of InnoDB. A write is then tried again. */
const LOCK_WAIT_S = 50

const IDLE = 'a pause of the reader or the writer between two statements ends its transaction; see --max-snapshot-age'

/** Every mode at once: ANSI_QUOTES, PIPES_AS_CONCAT, NO_BACKSLASH_ESCAPES, ALLOW_INVALID_DATES and others are off. */
const SQL_MODE = 'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'

/**
 * Variables set on every connection, because they change the meaning of an answer or a write. Without this,
 * `init_connect`, the server's options and its defaults would apply.
 */
export const pinned: Readonly<Record<string, Pin>> = {
  character_set_client: { value: 'utf8mb4', why: 'names that are sent are read in another character set' },
  character_set_results: { value: 'utf8mb4', why: 'texts arrive in another character set, or with ? in them' },
  // Also changes the collation, which is therefore set after it.
  character_set_connection: { value: 'utf8mb4', why: 'texts of a statement are converted, and lose characters' },
  collation_connection: { value: 'utf8mb4_bin', why: 'texts of a statement compare without case' },
  sql_mode: { value: SQL_MODE, why: 'quotes, ||, backslashes, invalid dates and too long values mean other things' },
  time_zone: { value: '+00:00', why: 'now() and TIMESTAMP columns are shifted' },
  transaction_isolation: {
    value: 'REPEATABLE-READ',
    of: 'mysql',
    since: 50720,
    why: 'an answer shows half an import, or a snapshot is not consistent',
  },
  tx_isolation: {
    value: 'REPEATABLE-READ',
    of: 'mariadb',
    why: 'an answer shows half an import, or a snapshot is not consistent',
  },
  transaction_read_only: { value: 0, of: 'mysql', since: 50720, why: 'imports fail; sql.run sets it to 1' },
  tx_read_only: { value: 0, of: 'mariadb', why: 'imports fail; sql.run sets it to 1' },
  completion_type: { value: 'NO_CHAIN', why: 'each commit starts a transaction, whose snapshot becomes old' },
  sql_select_limit: { value: UNLIMITED, why: 'answers end after so many rows' },
  // Turns sql_big_selects off, which is therefore set after it.
  max_join_size: { value: UNLIMITED, why: 'joins are refused by the estimated number of rows' },
  sql_big_selects: { value: 1, why: 'joins are refused by the estimated number of rows' },
  sql_auto_is_null: { value: 0, why: '"is null" finds the row inserted last' },
  sql_safe_updates: { value: 0, why: 'statements without an index are refused' },
  foreign_key_checks: { value: 1, why: 'an import writes rows that a foreign key forbids' },
  unique_checks: { value: 1, why: 'an import writes the same key twice' },
  check_constraint_checks: { value: 1, of: 'mariadb', since: 100201, why: 'an import writes what a CHECK forbids' },
  group_concat_max_len: { value: 1_048_576, why: 'texts of group_concat are cut early' },
  div_precision_increment: { value: 4, why: 'quotients and averages of decimals have other digits' },
  windowing_use_high_precision: { value: 1, of: 'mysql', since: 80002, why: 'moving sums lose digits' },
  max_sort_length: { value: 1_024, why: 'texts are sorted by their first bytes alone' },
  default_week_format: { value: 0, why: 'week() counts otherwise' },
  lc_time_names: { value: 'en_US', why: 'names of days and months are in another language' },
  default_regex_flags: { value: '', of: 'mariadb', why: 'regular expressions match otherwise' },
  old_mode: { value: '', of: 'mariadb', why: 'a TIME becomes another date, utf8 another character set' },
  standard_compliant_cte: { value: 1, of: 'mariadb', since: 100202, why: 'recursion answers where it is refused' },
  max_recursive_iterations: {
    value: 4_294_967_295,
    of: 'mariadb',
    since: 100202,
    why: 'recursion ends early, silently',
  },
  system_versioning_asof: { value: 'DEFAULT', of: 'mariadb', since: 100304, why: 'tables are read as of another time' },
  sql_if_exists: { value: 0, of: 'mariadb', since: 100502, why: 'altering a missing table succeeds' },
  wsrep_dirty_reads: {
    value: 0,
    of: 'mariadb',
    since: 100100,
    why: 'a node cut off from its cluster answers from the past',
  },
  information_schema_stats_expiry: {
    value: 0,
    of: 'mysql',
    since: 80003,
    why: 'the time of the last write to a table is that of a day ago',
  },
  use_secondary_engine: { value: 'OFF', of: 'mysql', since: 80013, why: 'an answer comes from a copy that lags' },
  tmp_disk_table_size: {
    value: UNLIMITED,
    of: 'mariadb',
    since: 100207,
    why: 'a query fills the disk; see --max-temp-disk',
  },
  max_execution_time: {
    value: 0,
    of: 'mysql',
    since: 50708,
    why: 'slow readers are aborted; we limit the work of the database only',
  },
  max_statement_time: {
    value: 0,
    of: 'mariadb',
    why: 'slow readers are aborted; we limit the work of the database only',
  },
  lock_wait_timeout: { value: LOCK_WAIT_S, why: 'an import waits for a locked table for a day, silently' },
  innodb_lock_wait_timeout: { value: LOCK_WAIT_S, why: 'an import waits for a locked row as long as the server likes' },
  idle_transaction_timeout: { value: 0, of: 'mariadb', since: 100300, why: IDLE },
  idle_readonly_transaction_timeout: { value: 0, of: 'mariadb', since: 100300, why: IDLE },
  idle_write_transaction_timeout: { value: 0, of: 'mariadb', since: 100300, why: IDLE },
  net_write_timeout: { value: 600, why: 'a pause of the reader loses the connection' },
  wait_timeout: { value: 28_800, why: 'an idle pooled connection is lost' },
}

/**
 * The session variables of MySQL 9.7 and MariaDB 10.11 that are not set, by topic. A test compares the lists with the
 * servers, so that variables of new versions are reviewed.
 */
export const leftAlone: Readonly<Record<string, string>> = {
  'performance only': `
    big_tables bulk_insert_buffer_size eq_range_index_dive_limit expensive_subquery_limit in_predicate_conversion_threshold
    innodb_ddl_buffer_size innodb_ddl_threads innodb_parallel_read_threads innodb_tmpdir internal_tmp_mem_storage_engine
    join_buffer_size join_buffer_space_limit join_cache_level low_priority_updates max_delayed_threads max_heap_table_size
    max_insert_delayed_threads max_length_for_sort_data max_rowid_filter_size max_seeks_for_key max_tmp_tables mrr_buffer_size
    net_buffer_length optimizer_adjust_secondary_key_costs optimizer_extra_pruning_depth optimizer_join_limit_pref_ratio
    optimizer_max_sel_arg_weight optimizer_max_sel_args optimizer_max_subgraph_pairs optimizer_prune_level
    optimizer_search_depth optimizer_selectivity_sampling_limit optimizer_switch optimizer_use_condition_selectivity
    preload_buffer_size query_alloc_block_size query_cache_strip_comments query_cache_type query_cache_wlock_invalidate
    query_prealloc_size range_alloc_block_size range_optimizer_max_mem_size read_buffer_size read_rnd_buffer_size
    rowid_merge_buff_size secondary_engine_cost_threshold select_into_buffer_size set_operations_buffer_size
    sort_buffer_size sql_buffer_result tcp_nodelay thread_pool_priority tmp_memory_table_size
    tmp_table_size transaction_alloc_block_size transaction_prealloc_size use_stat_tables
    enable_secondary_engine_statistics histogram_generation_max_mem_size histogram_size histogram_type
    analyze_max_length analyze_sample_percentage`,
  'limits beyond which there is an error': `
    connection_memory_chunk_size connection_memory_limit cte_max_recursion_depth global_connection_memory_tracking
    idle_readonly_transaction_timeout idle_transaction_timeout idle_write_transaction_timeout
    innodb_snapshot_isolation interactive_timeout max_allowed_packet max_error_count max_points_in_geometry
    max_session_mem_used max_sp_recursion_depth max_user_connections net_read_timeout net_retry_count parser_max_mem_size
    sql_require_primary_key`,
  'replication, the binary log, clusters': `
    binlog_alter_two_phase binlog_annotate_row_events binlog_direct_non_transactional_updates binlog_format
    binlog_row_image binlog_row_value_options binlog_rows_query_log_events binlog_transaction_compression
    binlog_transaction_compression_level_zstd default_master_connection group_replication_consistency gtid_domain_id
    gtid_next gtid_owned gtid_seq_no immediate_server_version last_gtid original_commit_timestamp
    original_server_version pseudo_replica_mode pseudo_slave_mode pseudo_thread_id rbr_exec_mode require_row_format
    server_id skip_parallel_replication skip_replication sql_log_bin sql_slave_skip_counter transaction_allow_batching
    wsrep_causal_reads wsrep_gtid_seq_no wsrep_on wsrep_osu_method wsrep_retry_autocommit wsrep_sync_wait
    wsrep_trx_fragment_size wsrep_trx_fragment_unit max_relay_log_size xa_detach_on_prepare`,
  'table definitions: ours specify everything': `
    alter_algorithm aria_repair_threads aria_sort_buffer_size aria_stats_method character_set_database
    character_set_server collation_database collation_server column_compression_threshold column_compression_zlib_level
    column_compression_zlib_strategy column_compression_zlib_wrap default_collation_for_utf8mb4 default_storage_engine
    default_table_encryption default_tmp_storage_engine enforce_storage_engine explicit_defaults_for_timestamp
    external_table_secondary_storage_engine external_table_storage_engine innodb_compression_default
    innodb_default_encryption_key_id innodb_ft_enable_stopword innodb_ft_user_stopword_table innodb_strict_mode
    keep_files_on_create myisam_repair_threads myisam_sort_buffer_size myisam_stats_method old_alter_table
    restrict_fk_on_non_standard_key sql_generate_invisible_primary_key storage_engine system_versioning_alter_history
    system_versioning_insert_history updatable_views_with_limit innodb_table_locks`,
  'auto-increment columns of users, and triggers': `
    auto_increment_increment auto_increment_offset enable_cascade_triggers identity insert_id last_insert_id`,
  'logging, display and statistics': `
    deadlock_search_depth_long deadlock_search_depth_short deadlock_timeout_long deadlock_timeout_short
    end_markers_in_json error_count explain_format explain_json_format_version external_user
    generated_random_password_length in_transaction lc_messages log_disabled_statements log_queries_not_using_indexes
    log_slow_admin_statements log_slow_disabled_statements log_slow_filter log_slow_max_warnings
    log_slow_min_examined_row_limit log_slow_query log_slow_query_time log_slow_rate_limit log_slow_slave_statements
    log_slow_verbosity log_warnings long_query_time min_examined_row_limit note_verbosity optimizer_trace
    optimizer_trace_features optimizer_trace_limit optimizer_trace_max_mem_size optimizer_trace_offset
    print_identified_with_as_hex profiling profiling_history_size progress_report_time proxy_user resultset_metadata
    session_track_gtids session_track_schema session_track_state_change session_track_system_variables
    session_track_transaction_info show_create_table_skip_secondary_engine show_create_table_verbosity
    show_gipk_in_create_table_and_information_schema slow_query_log sql_log_off sql_notes sql_quote_show_create
    sql_warnings statement_id terminology_use_previous warning_count`,
  'features that we do not use, and sql.run refuses': `
    block_encryption_mode character_set_filesystem old old_passwords rand_seed1 rand_seed2 select_into_disk_sync
    select_into_disk_sync_delay`,
  // Also set to DEFAULT, but not comparable: @@timestamp is the current time.
  'set by sessionStatement': 'autocommit timestamp',
}

export type Pins = Readonly<Record<string, Pin>>

/** The pinned variables with other values for some of them, and additional ones. */
export function pinsWith(values: Readonly<Record<string, Pin['value']>>): Pins {
  const changed = Object.entries(values).map(([name, value]) => [
    name,
    { why: 'asked for', ...pinned[name], ...(name === 'max_error_count' ? { least: 64 } : {}), value },
  ])
  return { ...pinned, ...Object.fromEntries(changed) }
}

/**
 * One statement that sets them all. Variables of one product are in comments that the other skips: MariaDB ignores
 * numbers from 50700 to 99999, MySQL everything marked with M.
 *
 * Toggling `autocommit = 0` ends a transaction that `init_connect` may have begun.
 */
export function sessionStatement(pins: Pins): string {
  const assignments = Object.entries(pins).map(([name, pin]) =>
    inVersion(pin.least === undefined ? pin : { of: 'mariadb' }, `, ${name} = ${literal(pin.value)}`),
  )
  return `set session autocommit = 0, autocommit = 1, timestamp = default${assignments.join('')}`
}

/** The expressions of a select that reads them back, each named after its variable. */
export function readBack(pins: Pins): string {
  const expressions = Object.entries(pins).map(([name, pin]) => inVersion(pin, `, @@${name} as \`${name}\``))
  return `@@autocommit as autocommit${expressions.join('')}`
}

/** The first variable whose value differs from its setting. */
export function unpinned(pins: Pins, values: Readonly<Record<string, unknown>>): string | undefined {
  if (String(values.autocommit) !== '1') return 'autocommit'
  return Object.entries(pins).find(([name, pin]) => name in values && !holds(pin, String(values[name])))?.[0]
}

function holds({ value, least }: Pin, actual: string): boolean {
  return inOrder(actual) === inOrder(String(value)) || (least !== undefined && Number(actual) >= least)
}

/** Servers list modes in different orders. */
const inOrder = (modes: string): string => modes.split(',').sort().join()

function inVersion({ of, since }: Pick<Pin, 'of' | 'since'>, text: string): string {
  if (of === undefined) return text
  return of === 'mysql' ? `/*!${since ?? 50700} ${text} */` : `/*M!${since ?? 100000} ${text} */`
}

function literal(value: Pin['value']): string {
  // DEFAULT is the only way to set this value.
  if (value === 'DEFAULT') return 'default'
  return typeof value === 'string' ? `'${value}'` : String(value)
}
