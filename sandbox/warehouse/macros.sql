-- Redshift's functions that DuckDB has under another name, or not at all.

CREATE MACRO replicate(string, number) AS repeat(string, number);

CREATE MACRO is_valid_json(string) AS json_valid(string) AND left(ltrim(string), 1) = '{';

CREATE MACRO is_valid_json_array(string) AS json_valid(string) AND left(ltrim(string), 1) = '[';

CREATE MACRO json_parse(string) AS CAST(string AS JSON);

CREATE MACRO strtol(string, base) AS CASE base
    WHEN 16 THEN CAST('0x' || string AS BIGINT)
    WHEN 10 THEN CAST(string AS BIGINT)
    ELSE error('redshift 22023: the sandbox converts numbers of base 10 and 16 only')
END;

CREATE MACRO bpcharcmp(one, other) AS CASE WHEN one < other THEN -1 WHEN one > other THEN 1 ELSE 0 END;

-- DuckDB's own takes bytes alone.
CREATE MACRO octet_length(string) AS strlen(string);

CREATE MACRO octetindex(part, string) AS strpos(string, part);

CREATE MACRO func_sha1(string) AS sha1(string);

-- The bytes of a text cut to a type's length, whole characters only: what an explicit cast does.
CREATE MACRO redshift_cut(string, longest) AS CASE
    WHEN strlen(string) <= longest THEN string
    WHEN strlen(string) = length(string) THEN left(string, CAST(longest AS BIGINT))
    ELSE left(string, list_max(list_filter(range(0, longest + 1), n -> strlen(left(string, n)) <= longest)))
END;

-- A text that a column of a type's length can hold: what an assignment does.
CREATE MACRO redshift_fit(string, longest, kind) AS CASE
    WHEN strlen(string) > longest AND strlen(rtrim(string, ' ')) > longest
        THEN error('redshift 22001: value too long for type ' || kind || '(' || longest || ')')
    WHEN strlen(string) > longest THEN left(string, CAST(longest AS BIGINT))
    ELSE string
END;
