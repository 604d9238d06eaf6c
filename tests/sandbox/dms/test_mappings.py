import pytest

from sandbox.dms import patterns
from tests.support.dms import fill, include, refused, transform


def test_selection_includes_and_excludes(migration, mysql):
    """It should load what a rule includes and none excludes, with wildcards and by case."""
    fill(mysql, "item", "item_old", "other", "Item2")
    task = migration.task(
        migration.source(mysql), include("item%"), include("%[_]old", number=2, action="exclude")
    )
    migration.run(task)
    assert list(migration.tables(task)) == ["item"]


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("%", "anything", True),
        ("a_c", "abc", True),
        ("a[_]c", "abc", False),
        ("a[_]c", "a_c", True),
        ("t[ab]", "tb", True),
        ("t[a-d]", "te", False),
        ("Item", "item", False),
        ("a.c", "abc", False),
    ],
)
def test_wildcards(pattern, name, fits):
    """It should know %, _ and sets, and take every other sign as it is."""
    assert patterns.matches(pattern, name) is fits


@pytest.mark.parametrize(
    ("kind", "loaded"), [("table", ["item"]), ("view", ["seen"]), ("all", ["item", "seen"])]
)
@pytest.mark.parametrize("engine", ["mysql", "postgres"])
def test_views_are_loaded_where_asked(migration, engine, kind, loaded, request):
    """It should load tables, views or both, as the rule's table-type says."""
    server = request.getfixturevalue(engine)
    fill(server, "item")
    server.do("CREATE VIEW seen AS SELECT id FROM item WHERE id > 0")
    task = migration.task(migration.source(server), include(schema="%", kind=kind))
    migration.run(task)
    assert sorted(migration.tables(task)) == loaded
    if "seen" in loaded:
        assert migration.tables(task)["seen"]["FullLoadRows"] == 2


@pytest.mark.parametrize("engine", ["mysql", "postgres"])
@pytest.mark.parametrize(
    ("conditions", "ids"),
    [
        ([{"filter-operator": "gte", "value": "8"}], [8, 9]),
        ([{"filter-operator": "ste", "value": "1"}], [0, 1]),
        (
            [
                {"filter-operator": "eq", "value": "1"},
                {"filter-operator": "between", "start-value": "3", "end-value": "4"},
            ],
            [1, 3, 4],
        ),
        ([{"filter-operator": "notbetween", "start-value": "1", "end-value": "8"}], [0, 9]),
        ([{"filter-operator": "noteq", "value": "0"}], list(range(1, 10))),
    ],
)
def test_filters_on_numbers(migration, engine, conditions, ids, request):
    """It should load the rows that one of a filter's conditions lets pass."""
    server = request.getfixturevalue(engine)
    fill(server, "item", rows=10)
    one = {"filter-type": "source", "column-name": "id", "filter-conditions": conditions}
    task = migration.task(migration.source(server), include(schema="%", filters=[one]))
    migration.run(task)
    [key] = migration.listed()
    assert sorted(row["id"] for row in migration.rows(key)) == ids


@pytest.mark.parametrize("engine", ["mysql", "postgres"])
def test_filters_are_quoted_and_combined(migration, engine, request):
    """It should combine filters by and, and take values with quotes and backslashes literally."""
    server = request.getfixturevalue(engine)
    server.do("CREATE TABLE item (id INT, name VARCHAR(20), born DATE)")
    connection = server.connect()
    with connection.cursor() as cursor:
        rows = [(1, "it's \\", "2002-01-01"), (2, None, "2003-01-01"), (3, "it's \\", "2001-01-01")]
        cursor.executemany("INSERT INTO item VALUES (%s, %s, %s)", rows)
    connection.close()
    filters = [
        {
            "filter-type": "source",
            "column-name": "name",
            "filter-conditions": [{"filter-operator": "eq", "value": "it's \\"}],
        },
        {
            "filter-type": "source",
            "column-name": "born",
            "filter-conditions": [{"filter-operator": "gte", "value": "2002-01-01"}],
        },
        {
            "filter-type": "source",
            "column-name": "name",
            "filter-conditions": [{"filter-operator": "notnull"}],
        },
    ]
    task = migration.task(migration.source(server), include(schema="%", filters=filters))
    migration.run(task)
    [key] = migration.listed()
    assert [row["id"] for row in migration.rows(key)] == [1]


def test_filter_on_a_missing_column_fails_the_table(migration, mysql):
    """It should fail a table that does not have the column of its filter."""
    fill(mysql, "item")
    one = {
        "filter-type": "source",
        "column-name": "ID",
        "filter-conditions": [{"filter-operator": "eq", "value": "1"}],
    }
    task = migration.task(migration.source(mysql), include(filters=[one]))
    migration.run(task)
    assert migration.states(task) == {"item": ("Table error", 0)}


def test_transformations_shape_the_target(migration, mysql):
    """It should rename schemas, tables and columns, remove columns and add computed ones."""
    mysql.do(
        "CREATE TABLE person (id INT, first VARCHAR(9), last VARCHAR(9), photo MEDIUMBLOB)",
        "INSERT INTO person VALUES (1, 'Ann', 'Lee', 'x')",
    )
    task = migration.task(
        migration.source(mysql),
        include(),
        transform("rename", 10, "schema", "store"),
        transform("add-prefix", 11, "table", "pre_"),
        transform("remove-column", 12, column_name="photo"),
        transform("convert-uppercase", 13, column_name="first"),
        transform("rename", 14, value="surname", column_name="last"),
        transform(
            "add-column", 15, value="full", expression="$first||' '||$last||' of '||$AR_M_SOURCE_TABLE_NAME"
        ),
    )
    migration.run(task)
    assert migration.listed() == ["store/pre_person/LOAD00000001.parquet"]
    assert migration.rows(migration.listed()[0]) == [
        {"id": 1, "FIRST": "Ann", "surname": "Lee", "full": "Ann Lee of person"}
    ]
    assert list(migration.tables(task)) == ["person"]


@pytest.mark.parametrize(
    ("action", "options", "name"),
    [
        ("convert-lowercase", {}, "my_item"),
        ("remove-prefix", {"value": "My_"}, "Item"),
        ("replace-prefix", {"value": "Your_", "old_value": "My_"}, "Your_Item"),
        ("add-suffix", {"value": "_1"}, "My_Item_1"),
        ("remove-suffix", {"value": "_Item"}, "My"),
        ("replace-suffix", {"value": "Thing", "old_value": "Item"}, "My_Thing"),
    ],
)
def test_names_are_transformed(migration, mysql, action, options, name):
    """It should change names by case, prefix and suffix."""
    fill(mysql, "My_Item")
    task = migration.task(migration.source(mysql), include(), transform(action, target="table", **options))
    migration.run(task)
    assert migration.listed() == [f"shop/{name}/LOAD00000001.parquet"]


def test_unknown_transformation_says_so(migration, mysql):
    """It should refuse rules that it does not follow as not implemented."""
    source = migration.source(mysql)
    rule = transform("change-data-type", column_name="id", data_type={"type": "string"})
    refused("NotImplemented", migration.task, source, include(), rule, test=False)


def tag_rule(number, tagged, **tags):
    return {
        "rule-type": "post-processing",
        "rule-id": str(number),
        "rule-name": f"rule {number}",
        "rule-action": "add-tag",
        "object-locator": {"schema-name": "%", "table-name": tagged},
        "tag-set": [{"key": key, "value": value} for key, value in tags.items()],
    }


def test_objects_are_tagged(migration, mysql):
    """It should tag each object by the rule that fits its table best, with the names filled in."""
    fill(mysql, "item", "other")
    general = tag_rule(20, "%", table="${table-name}", schema="${schema-name}")
    task = migration.task(migration.source(mysql), include(), general, tag_rule(21, "item", table="the item"))
    migration.run(task)
    found = {}
    listed = migration.listed()
    for key in listed:
        tags = migration.client("s3").get_object_tagging(Bucket="extracts", Key=key)["TagSet"]
        found[key.split("/")[1]] = {tag["Key"]: tag["Value"] for tag in tags}
    assert found == {"item": {"table": "the item"}, "other": {"table": "other", "schema": "shop"}}


def test_load_order(migration, mysql, stand_still):
    """It should begin with the tables of the highest load-order."""
    fill(mysql, "a", "b")
    settings = {"FullLoadSettings": {"MaxFullLoadSubTasks": 1}}
    rules = [include("a"), include("b", number=2, order=2)]
    task = migration.task(migration.source(mysql), *rules, settings=settings)
    migration.run(task)
    tables = migration.tables(task)
    assert tables["b"]["FullLoadEndTime"] <= tables["a"]["FullLoadStartTime"]


@pytest.mark.parametrize("engine", ["mysql", "postgres"])
def test_awkward_names(migration, engine, request):
    """It should load tables and columns whatever their names are."""
    server = request.getfixturevalue(engine)
    sign = "`" if engine == "mysql" else '"'
    table, columns = "order by 'x'", ["select", "zip code", 'a"b', "ä€", "c0"]
    listed = ", ".join(f"{sign}{name}{sign} INT" if sign not in name else '"a""b" INT' for name in columns)
    server.do(
        f"CREATE TABLE {sign}{table}{sign} ({listed})", f"INSERT INTO {sign}{table}{sign} VALUES (1,2,3,4,5)"
    )
    task = migration.task(migration.source(server), include(schema="%"))
    migration.run(task)
    [key] = migration.listed()
    assert key.endswith(f"/{table}/LOAD00000001.parquet")
    assert migration.rows(key) == [dict(zip(columns, range(1, 6), strict=True))]
