-- Trino's functions that DuckDB does not have, or has otherwise.
--
-- Where a result's type depends on those of the arguments there is one macro per type, which the translation names,
-- and one under the plain name for the bodies of lambdas, whose types DuckDB alone knows; it in turn cannot choose
-- between overloads where an argument is an aggregate.

CREATE MACRO trino_divide_whole(a, b) AS
    CASE WHEN b = 0 THEN error('DIVISION_BY_ZERO: Division by zero') ELSE a // b END;
CREATE MACRO trino_divide_int(a, b) AS CAST(trino_divide_whole(a, b) AS INTEGER);
CREATE MACRO trino_divide_real(a, b) AS a / b;
CREATE MACRO trino_divide
    (a INTEGER, b INTEGER) AS trino_divide_int(a, b),
    (a BIGINT, b BIGINT) AS trino_divide_whole(a, b),
    (a DOUBLE, b DOUBLE) AS trino_divide_real(a, b);
CREATE MACRO trino_modulus_whole(a, b) AS
    CASE WHEN b = 0 THEN error('DIVISION_BY_ZERO: Division by zero') ELSE a % b END;
CREATE MACRO trino_modulus_int(a, b) AS CAST(trino_modulus_whole(a, b) AS INTEGER);
CREATE MACRO trino_modulus_real(a, b) AS a % b;
CREATE MACRO trino_modulus
    (a INTEGER, b INTEGER) AS trino_modulus_int(a, b),
    (a BIGINT, b BIGINT) AS trino_modulus_whole(a, b),
    (a DOUBLE, b DOUBLE) AS trino_modulus_real(a, b);

-- The same where TRY makes a null of the error.
CREATE MACRO try_divide_whole(a, b) AS a // nullif(b, 0);
CREATE MACRO try_divide_int(a, b) AS CAST(a // nullif(b, 0) AS INTEGER);
CREATE MACRO try_divide_real(a, b) AS a / b;
CREATE MACRO try_divide
    (a INTEGER, b INTEGER) AS try_divide_int(a, b),
    (a BIGINT, b BIGINT) AS try_divide_whole(a, b),
    (a DOUBLE, b DOUBLE) AS try_divide_real(a, b);
CREATE MACRO try_modulus_whole(a, b) AS a % nullif(b, 0);
CREATE MACRO try_modulus_int(a, b) AS CAST(a % nullif(b, 0) AS INTEGER);
CREATE MACRO try_modulus_real(a, b) AS a % b;
CREATE MACRO try_modulus
    (a INTEGER, b INTEGER) AS try_modulus_int(a, b),
    (a BIGINT, b BIGINT) AS try_modulus_whole(a, b),
    (a DOUBLE, b DOUBLE) AS try_modulus_real(a, b);
CREATE MACRO trino_random(low, high) AS CAST(low + floor(random() * (high - low)) AS BIGINT);

CREATE MACRO trino_sequence_whole
    (first, last) AS generate_series(CAST(first AS BIGINT), CAST(last AS BIGINT)),
    (first, last, step) AS generate_series(CAST(first AS BIGINT), CAST(last AS BIGINT), CAST(step AS BIGINT));
CREATE MACRO trino_sequence_date
    (first, last) AS
        list_transform(generate_series(first, last, INTERVAL 1 DAY), lambda one : CAST(one AS DATE)),
    (first, last, step) AS list_transform(generate_series(first, last, step), lambda one : CAST(one AS DATE));
CREATE MACRO trino_sequence_timestamp(first, last, step) AS generate_series(first, last, step);
CREATE MACRO trino_sequence
    (first BIGINT, last BIGINT) AS trino_sequence_whole(first, last),
    (first BIGINT, last BIGINT, step BIGINT) AS trino_sequence_whole(first, last, step),
    (first DATE, last DATE) AS trino_sequence_date(first, last),
    (first DATE, last DATE, step INTERVAL) AS trino_sequence_date(first, last, step),
    (first TIMESTAMP, last TIMESTAMP, step INTERVAL) AS trino_sequence_timestamp(first, last, step);
CREATE MACRO trino_subscript(items, place) AS
    CASE
        WHEN place < 1 THEN error('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')
        WHEN place > len(items) THEN error(
            'INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: '
            || place || ' > ' || len(items)
        )
        ELSE items[place]
    END;
CREATE MACRO trino_entry(entries, name) AS
    CASE
        WHEN entries IS NULL OR map_contains(entries, name) THEN entries[name]
        ELSE error('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || name)
    END;
-- A macro is text: a list of the one list keeps it from being computed anew for each of its elements.
CREATE MACRO trino_array_distinct(items) AS
    list_transform(
        [items], lambda all_items : list_filter(all_items, lambda one, place : list_position(all_items, one) = place)
    )[1];

CREATE MACRO trino_shift_date(moment, span) AS CAST(moment + span AS DATE);
CREATE MACRO trino_shift_timestamp(moment, span) AS moment + span;
CREATE MACRO trino_shift
    (moment DATE, span INTERVAL) AS trino_shift_date(moment, span),
    (moment TIMESTAMP, span INTERVAL) AS moment + span,
    (moment TIMESTAMP WITH TIME ZONE, span INTERVAL) AS moment + span;
CREATE MACRO trino_date_trunc_date(moment, unit) AS CAST(date_trunc(unit, moment) AS DATE);
CREATE MACRO trino_date_trunc_timestamp(moment, unit) AS date_trunc(unit, moment);
CREATE MACRO trino_date_trunc
    (moment DATE, unit) AS trino_date_trunc_date(moment, unit),
    (moment TIMESTAMP, unit) AS trino_date_trunc_timestamp(moment, unit),
    (moment TIMESTAMP WITH TIME ZONE, unit) AS trino_date_trunc_timestamp(moment, unit);
CREATE MACRO to_iso8601_date(moment) AS strftime(moment, '%Y-%m-%d');
CREATE MACRO to_iso8601_timestamp(moment) AS strftime(moment, '%Y-%m-%dT%H:%M:%S.%g');
CREATE MACRO to_iso8601_instant(moment) AS strftime(moment, '%Y-%m-%dT%H:%M:%S.%gZ');
CREATE MACRO to_iso8601
    (moment DATE) AS to_iso8601_date(moment),
    (moment TIMESTAMP) AS to_iso8601_timestamp(moment),
    (moment TIMESTAMP WITH TIME ZONE) AS to_iso8601_instant(moment);

-- A double as Java spells it: 1.0E7, 1.0E-4.
CREATE MACRO _digits(text) AS regexp_replace(rtrim(ltrim(regexp_replace(text, '[-.]', '', 'g'), '0'), '0'), '^$', '0');
CREATE MACRO _scientific(sign, digits, exponent) AS
    sign || digits[1] || '.' || CASE WHEN len(digits) > 1 THEN digits[2:] ELSE '0' END || 'E' || exponent;
CREATE MACRO _java_plain(text, sign, whole) AS
    _scientific(
        sign,
        _digits(text),
        CASE WHEN whole = '0' THEN -1 - len(regexp_extract(text, '\.(0*)', 1)) ELSE len(whole) - 1 END
    );
CREATE MACRO _java_exponent(text, sign) AS
    _scientific(sign, _digits(split_part(text, 'e', 1)), CAST(split_part(text, 'e', 2) AS INTEGER));
CREATE MACRO text_of_double(value) AS
    CASE
        WHEN isnan(value) THEN 'NaN'
        WHEN isinf(value) THEN CASE WHEN value > 0 THEN 'Infinity' ELSE '-Infinity' END
        WHEN value = 0 OR (abs(value) >= 1e-3 AND abs(value) < 1e7) THEN CAST(value AS VARCHAR)
        WHEN contains(CAST(value AS VARCHAR), 'e')
            THEN _java_exponent(CAST(value AS VARCHAR), CASE WHEN value < 0 THEN '-' ELSE '' END)
        ELSE _java_plain(
            CAST(value AS VARCHAR),
            CASE WHEN value < 0 THEN '-' ELSE '' END,
            ltrim(split_part(CAST(value AS VARCHAR), '.', 1), '-')
        )
    END;
CREATE MACRO text_of_timestamp(value) AS strftime(value, '%Y-%m-%d %H:%M:%S.%g');
CREATE MACRO text_of_instant(value) AS strftime(value, '%Y-%m-%d %H:%M:%S.%g UTC');

CREATE MACRO trino_regexp_extract(text, pattern, part) AS
    CASE WHEN regexp_matches(text, pattern) THEN regexp_extract(text, pattern, part) END;
CREATE MACRO trino_json_scalar(document, path) AS
    CASE WHEN json_type(document, path) NOT IN ('OBJECT', 'ARRAY') THEN json_extract_string(document, path) END;
CREATE MACRO json_array_get(document, number) AS json_extract(document, CAST(number AS BIGINT));
CREATE MACRO json_size(document, path) AS
    CASE json_type(document, path)
        WHEN 'OBJECT' THEN len(json_keys(document, path))
        WHEN 'ARRAY' THEN json_array_length(document, path)
        ELSE CASE WHEN json_type(document, path) IS NOT NULL THEN 0 END
    END;
CREATE MACRO codepoint(text) AS unicode(text);
CREATE MACRO url_extract_protocol(url) AS nullif(regexp_extract(url, '^([A-Za-z][A-Za-z0-9+.-]*):', 1), '');
CREATE MACRO url_extract_host(url) AS nullif(regexp_extract(url, '^[^:/?#]+://(?:[^/?#@]*@)?([^:/?#]*)', 1), '');
CREATE MACRO url_extract_path(url) AS regexp_extract(url, '^(?:[^:/?#]+:)?(?://[^/?#]*)?([^?#]*)', 1);
CREATE MACRO url_extract_query(url) AS nullif(regexp_extract(url, '\?([^#]*)', 1), '');
CREATE MACRO url_extract_parameter(url, name) AS
    CASE WHEN regexp_matches(url, '[?&]' || name || '(?:[=&#]|$)')
         THEN url_decode(regexp_extract(url, '[?&]' || name || '=([^&#]*)', 1)) END;
CREATE MACRO hamming_distance(a, b) AS hamming(a, b);

CREATE MACRO map_agg(k, v) AS map(list(k), list(v));
CREATE MACRO multimap_agg(k, v) AS
    map_from_entries(list_transform(
        list_distinct(list(k)),
        lambda one : struct_pack(
            key := one,
            value := list_transform(
                list_filter(list_zip(list(k), list(v)), lambda pair : struct_extract(pair, 1) = one),
                lambda pair : struct_extract(pair, 2)
            )
        )
    ));
CREATE MACRO array_union(a, b) AS trino_array_distinct(list_concat(a, b));
CREATE MACRO arrays_overlap(a, b) AS list_has_any(a, b);
CREATE MACRO trino_array_position(items, wanted) AS
    CASE WHEN items IS NOT NULL AND wanted IS NOT NULL THEN CAST(coalesce(list_position(items, wanted), 0) AS BIGINT) END;
CREATE MACRO e() AS exp(1);
CREATE MACRO infinity() AS CAST('inf' AS DOUBLE);
CREATE MACRO nan() AS CAST('nan' AS DOUBLE);
CREATE MACRO is_infinite(x) AS isinf(x);
