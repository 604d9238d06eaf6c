import pytest

from tests.support.athena import DATA, REGION, RESULTS, SOURCE
from tests.support.dms import refused, wait_for

TOKEN = "0123456789abcdef0123456789abcdef"  # pragma: allowlist secret


def test_query_waits_for_its_turn_runs_and_succeeds(orders, stand_still):
    """It should be queued, then running, each for its time, and then done with dates and durations."""
    clock = stand_still("query.queue", "query.run")
    query = orders.start("SELECT count(*) FROM orders")
    assert orders.state(query) == "QUEUED"
    clock.advance(100)
    assert orders.state(query) == "RUNNING"
    assert "CompletionDateTime" not in orders.show(query)["Status"]
    clock.advance(100)
    found = orders.ended(query)
    assert found["Status"]["State"] == "SUCCEEDED"
    assert found["Status"]["CompletionDateTime"] >= found["Status"]["SubmissionDateTime"]
    assert found["Statistics"]["QueryQueueTimeInMillis"] == 100_000
    assert found["Statistics"]["TotalExecutionTimeInMillis"] >= 200_000
    assert (found["StatementType"], found["SubstatementType"]) == ("DML", "SELECT")


def test_running_query_may_be_queued_again(sandbox, lake, stand_still):
    """It should go back to queued and run once more, where that is ordered."""
    sandbox.choose(athena_requeue="once")
    clock = stand_still("query.queue", "query.run")
    query = lake.start("SELECT 1")
    seen = [lake.state(query)]
    for _ in range(3):
        clock.advance(100)
        seen.append(lake.state(query))
    clock.advance(100)
    assert seen == ["QUEUED", "RUNNING", "QUEUED", "RUNNING"]
    assert lake.ended(query)["Status"]["State"] == "SUCCEEDED"


def test_token_returns_the_same_query(orders):
    """It should run a statement once, also for another session of the role, and refuse other parameters."""
    insert = "INSERT INTO orders VALUES (4, 'Dan', 1.00, date '2026-01-03')"
    first = orders.start(insert, ClientRequestToken=TOKEN)
    orders.ended(first)
    assert orders.start(insert, ClientRequestToken=TOKEN) == first
    assert orders.rows("SELECT count(*) FROM orders WHERE id = 4") == [("1",)]
    message = refused("InvalidRequestException", orders.start, "SELECT 1", ClientRequestToken=TOKEN)
    assert message == "Idempotent parameters do not match"


def test_token_returns_a_failed_query_too(orders):
    """It should hand back what failed, instead of trying again."""
    first = orders.start("SELECT 1 / 0", ClientRequestToken=TOKEN)
    assert orders.ended(first)["Status"]["State"] == "FAILED"
    assert orders.start("SELECT 1 / 0", ClientRequestToken=TOKEN) == first


def test_stopped_query_is_cancelled(orders, stand_still):
    """It should end a query that waits and leave one alone that has ended."""
    clock = stand_still("query.queue")
    query = orders.start("INSERT INTO orders VALUES (5, 'Eve', 1.00, date '2026-01-03')")
    orders.athena.stop_query_execution(QueryExecutionId=query)
    status = orders.show(query)["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Query cancelled by user")
    clock.advance(100)
    assert orders.state(query) == "CANCELLED"
    done = orders.start("SELECT count(*) FROM orders")
    clock.advance(100)
    assert orders.ended(done)["Status"]["State"] == "SUCCEEDED"
    orders.athena.stop_query_execution(QueryExecutionId=done)
    assert orders.state(done) == "SUCCEEDED"
    assert orders.results(done)[1:] == [("3",)]


def test_stop_ends_a_query_that_runs(lake):
    """It should interrupt the work, not wait for its end."""
    counting = (
        "SELECT sum(a * b % 7) FROM UNNEST(sequence(1, 200000)) AS t(a), UNNEST(sequence(1, 200000)) AS u(b)"
    )
    query = lake.start(counting)
    wait_for(lambda: lake.state(query), "RUNNING".__eq__)
    lake.athena.stop_query_execution(QueryExecutionId=query)
    assert lake.state(query) == "CANCELLED"


def test_unknown_query(lake):
    """It should not know a query that was never started."""
    for call in (lake.athena.get_query_execution, lake.athena.stop_query_execution):
        message = refused("InvalidRequestException", call, QueryExecutionId="nope")
        assert message == "QueryExecution nope was not found"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("this is not sql", "line 1:1: mismatched input 'this'. Expecting: 'ALTER', 'ANALYZE'"),
        ("SELECT 1; SELECT 2", "Only one sql statement is allowed. Got: SELECT 1; SELECT 2"),
        ("SELECT 1 FROM", "line 1:"),
        ("GRANT SELECT ON orders TO bob", "Queries of this type are not supported"),
        ("MSCK REPAIR orders", "line 1:13: mismatched input 'orders'. Expecting: 'TABLE'"),
    ],
)
def test_text_that_is_no_statement_is_refused(lake, text, message):
    """It should answer with an error and start nothing."""
    assert message in refused("InvalidRequestException", lake.start, text)
    assert lake.athena.list_query_executions()["QueryExecutionIds"] == []


def test_statement_that_means_nothing_fails(orders):
    """It should be taken, and then fail with an error that says of whose making it is."""
    found = orders.ended(orders.start("SELECT nope FROM orders"))
    reason = "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"
    assert found["Status"]["State"] == "FAILED"
    assert found["Status"]["StateChangeReason"].startswith(reason)
    error = found["Status"]["AthenaError"]
    assert (error["ErrorCategory"], error["Retryable"]) == (2, False)
    assert error["ErrorMessage"] == found["Status"]["StateChangeReason"]


def test_failures_made_to_order(sandbox, orders):
    """It should fail as a fault says, retryable where AWS calls it so."""
    sandbox.fault("athena:Execute", "throttle")
    error = orders.ended(orders.start("SELECT 1"))["Status"]["AthenaError"]
    assert (error["ErrorCategory"], error["Retryable"]) == (1, True)
    sandbox.fault("athena:Execute", "error", code="HIVE_CURSOR_ERROR", message="lost")
    assert orders.failed("SELECT 1") == "HIVE_CURSOR_ERROR: lost"


def test_failed_insert_leaves_what_it_wrote(sandbox, orders):
    """It should leave objects behind that belong to no partition, and name them in its manifest."""
    sandbox.fault("athena:Execute", "error", code="HIVE_WRITER_CLOSE_ERROR", message="lost", after=1)
    found = orders.ended(
        orders.start(
            "INSERT INTO orders VALUES (6, 'Fay', 1.00, date '2026-02-01'), (7, 'Gil', 1.00, date '2026-02-02')"
        )
    )
    assert found["Status"]["StateChangeReason"] == "HIVE_WRITER_CLOSE_ERROR: lost"
    assert [key.rpartition("/")[0] for key in orders.keys("orders/day=2026-02")] == ["orders/day=2026-02-01"]
    assert orders.rows("SELECT count(*) FROM orders") == [("3",)]
    orders.run("MSCK REPAIR TABLE orders")
    assert orders.rows("SELECT count(*) FROM orders") == [("4",)]


def test_state_can_be_forced(sandbox, lake, stand_still):
    """It should show any state that a test asks for, until it asks for another."""
    clock = stand_still("query.queue")
    query = lake.start("SELECT 1")
    for state in ("RUNNING", "FAILED", "CANCELLED", "SUCCEEDED", "QUEUED"):
        sandbox.force_status("query", query, state, account=SOURCE, region=REGION)
        clock.advance(1000)
        assert lake.state(query) == state


def test_queries_are_listed_in_pages_and_described_together(lake):
    """It should list the newest first, and tell which of several it does not know."""
    ids = [lake.start(f"SELECT {number}") for number in range(3)]
    page = lake.athena.list_query_executions(MaxResults=2)
    assert page["QueryExecutionIds"] == [ids[2], ids[1]]
    rest = lake.athena.list_query_executions(MaxResults=2, NextToken=page["NextToken"])
    assert (rest["QueryExecutionIds"], "NextToken" in rest) == ([ids[0]], False)
    several = lake.athena.batch_get_query_execution(QueryExecutionIds=[ids[1], "nope"])
    assert [one["Query"] for one in several["QueryExecutions"]] == ["SELECT 1"]
    [missing] = several["UnprocessedQueryExecutionIds"]
    assert (missing["QueryExecutionId"], missing["ErrorCode"]) == ("nope", "INVALID_QUERY_EXECUTION_ID")


def test_results_come_in_pages_under_their_names(lake):
    """It should give the names as the first row, at most 1,000 rows a page, and nulls apart from empty texts."""
    query = lake.run(
        "SELECT x AS n, CASE x % 3 WHEN 0 THEN '' WHEN 1 THEN 'a\"b,\nc' END AS text "
        "FROM UNNEST(sequence(0, 1499)) AS t(x) ORDER BY x"
    )["QueryExecutionId"]
    page = lake.athena.get_query_results(QueryExecutionId=query)
    rows = page["ResultSet"]["Rows"]
    assert len(rows) == 1000
    assert rows[0] == {"Data": [{"VarCharValue": "n"}, {"VarCharValue": "text"}]}
    assert [row["Data"][1] for row in rows[1:4]] == [
        {"VarCharValue": ""},
        {"VarCharValue": 'a"b,\nc'},
        {},
    ]
    assert [(one["Name"], one["Type"]) for one in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]] == [
        ("n", "bigint"),
        ("text", "varchar"),
    ]
    rest = lake.athena.get_query_results(QueryExecutionId=query, NextToken=page["NextToken"])
    assert len(rest["ResultSet"]["Rows"]) == 501
    assert "NextToken" not in rest
    assert len(lake.athena.get_query_results(QueryExecutionId=query, MaxResults=5)["ResultSet"]["Rows"]) == 5


def test_results_are_there_only_after_success(lake, stand_still):
    """It should refuse results of a query that waits or has failed."""
    failed = lake.start("SELECT 1 / 0")
    lake.ended(failed)
    message = refused("InvalidRequestException", lake.athena.get_query_results, QueryExecutionId=failed)
    assert message == "Query did not finish successfully. Final query state: FAILED"
    stand_still("query.queue")
    waiting = lake.start("SELECT 1")
    message = refused("InvalidRequestException", lake.athena.get_query_results, QueryExecutionId=waiting)
    assert message == "Query has not yet finished. Current state: QUEUED"


def test_scanned_bytes_are_those_that_were_read(lake):
    """It should count nothing for statements about tables, and whole objects of JSON."""
    lake.put("lines/a.json", [{"n": number} for number in range(1000)])
    lake.run(
        "CREATE EXTERNAL TABLE lines (n int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' "
        "LOCATION 's3://data/lines/'"
    )
    for statement in ("SHOW TABLES", "CREATE VIEW v AS SELECT n FROM lines", "EXPLAIN SELECT n FROM lines"):
        assert lake.run(statement)["Statistics"]["DataScannedInBytes"] == 0
    size = lake.s3.head_object(Bucket=DATA, Key="lines/a.json")["ContentLength"]
    query = lake.run("SELECT count(n) FROM lines")
    assert query["Statistics"]["DataScannedInBytes"] == size
    statistics = lake.athena.get_query_runtime_statistics(QueryExecutionId=query["QueryExecutionId"])
    assert statistics["QueryRuntimeStatistics"]["Rows"] == {"InputBytes": size, "OutputRows": 1}


def test_columns_and_partitions_that_are_left_out_are_not_scanned(lake):
    """It should scan less for a narrow column of Parquet, and for one of two partitions."""
    lake.run(
        "CREATE TABLE hashes WITH (partitioned_by = ARRAY['half']) AS "
        "SELECT x, to_hex(md5(to_utf8(cast(x AS varchar)))) AS hash, x % 2 AS half "
        "FROM UNNEST(sequence(1, 20000)) AS t(x)"
    )

    def scanned(query):
        return lake.run(query)["Statistics"]["DataScannedInBytes"]

    whole = scanned("SELECT count(hash), count(x) FROM hashes")
    assert 0 < scanned("SELECT count(x) FROM hashes") < whole / 2
    assert whole * 0.4 < scanned("SELECT count(hash), count(x) FROM hashes WHERE half = 1") < whole * 0.6


def test_parameters_are_put_in_the_place_of_question_marks(orders):
    """It should take them in their order, as SQL, also from a prepared statement."""
    text = "SELECT id FROM orders WHERE customer = ? AND id < ?"
    assert orders.rows(text, ExecutionParameters=["'Bob'", "9"]) == [("2",)]
    message = refused("InvalidRequestException", orders.start, text, ExecutionParameters=["'Bob'"])
    assert message == "Incorrect number of parameters: expected 2 but found 1"
    orders.athena.create_prepared_statement(
        StatementName="of_customer", WorkGroup="primary", QueryStatement=text
    )
    assert orders.rows("EXECUTE of_customer USING 'Ann', 9") == [("1",)]
    message = refused("ResourceNotFoundException", orders.start, "EXECUTE nope")
    assert message == "PreparedStatement nope was not found in workGroup primary"


def test_result_stands_below_its_location(lake):
    """It should say where the result is, and put it there."""
    query = lake.run("SELECT 1 AS one", ResultConfiguration={"OutputLocation": f"s3://{RESULTS}/here"})
    place = f"here/{query['QueryExecutionId']}.csv"
    assert query["ResultConfiguration"]["OutputLocation"] == f"s3://{RESULTS}/{place}"
    body = lake.s3.get_object(Bucket=RESULTS, Key=place)["Body"].read()
    assert body == b'"one"\n"1"\n'
