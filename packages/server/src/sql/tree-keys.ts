const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** The node kinds and members that a statement's tree may have. The database checks the values of operators. */
export const nodeKeys: ReadonlySet<string> = words(`
  body Select SetOperation Query op left right set_quantifier
  distinct projection UnnamedExpr ExprWithAlias Wildcard QualifiedWildcard ObjectName expr alias name value quote_style explicit columns
  from relation Table Derived NestedJoin table_with_joins subquery Subquery
  joins join_operator Join Inner Left LeftOuter Right RightOuter FullOuter CrossJoin On Using
  selection group_by Expressions having named_window WindowSpec window_name NamedWindow window_before_qualify
  order_by kind options asc nulls_first limit_clause LimitOffset OffsetCommaLimit limit offset rows
  Identifier CompoundIdentifier Value Number SingleQuotedString Boolean Placeholder special shorthand
  BinaryOp UnaryOp Nested Tuple Case operand conditions condition result else_result
  Between low high InList InSubquery list negated Like RLike regexp any pattern escape_char
  IsNull IsNotNull IsTrue IsNotTrue IsFalse IsNotFalse IsUnknown IsNotUnknown Exists AnyOp AllOp compare_op is_some
  Function args List Unnamed Expr clauses duplicate_treatment OrderBy Separator filter over
  partition_by window_frame units start_bound end_bound Preceding Following
  Cast data_type Convert charset target_before_value Collate collation Decimal Numeric Char Varchar Int Integer Float Double Datetime Time Timestamp
  Precision PrecisionAndScale IntegerLength length
  Extract field syntax Interval leading_field Substring substring_from substring_for Trim trim_where trim_what Position in
  Ceil Floor DateTimeField TypedString flavor
`)

/** Members of a tree that must be empty: what they stand for is refused, or belongs to other databases. */
export const mustBeEmpty: ReadonlySet<string> = words(`
  into locks optimizer_hints index_hints with_hints pipe_operators lateral lateral_views sample partitions version settings
  for_clause format_clause fetch limit_by top prewhere qualify cluster_by distribute_by sort_by connect_by select_modifiers
  value_table_mode with_ordinality json_path exclude interpolate with_fill opt_alias opt_except opt_exclude opt_ilike opt_rename
  opt_replace parameters null_treatment uses_odbc_syntax within_group format styles is_try array at global
  fractional_seconds_precision last_field leading_precision trim_characters top_before_distinct materialized
`)

/** Whether a member only describes a position in the text. */
export const isPosition = (key: string): boolean => key === 'span' || key.endsWith('_token')
