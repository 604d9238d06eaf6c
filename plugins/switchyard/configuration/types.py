"""Types of single values in configuration files, each refusing what AWS or Airflow would refuse later."""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from switchyard.aurora_recovery.names import LONGEST_PROTECTED_ID, valid_identifier
from switchyard.aurora_recovery.settings import Carry, Setting, by_name
from switchyard.configuration.cron import check_cron, check_timezone
from switchyard.errors import BadInput


class Section(BaseModel):
    """A part of a configuration file: unknown fields are refused, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _matching(value: str, *, pattern: re.Pattern[str], problem: str, remedy: str) -> str:
    if not pattern.fullmatch(value):
        raise BadInput("", value, problem, remedy)
    return value


def pattern(expression: str, problem: str, remedy: str) -> AfterValidator:
    """Make the validator of a text that must match as a whole."""
    compiled = re.compile(expression, re.ASCII)
    return AfterValidator(partial(_matching, pattern=compiled, problem=problem, remedy=remedy))


def _account(value: object) -> object:
    """Take a number for the digits it is written with; refuse the word that makes a snapshot public."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.strip().lower() == "all":
        raise BadInput("", value, "it would make snapshots public", "Name one account by its 12 digits.")
    return value


def _key(value: str) -> str:
    if re.fullmatch(r"(?:.*:)?alias/aws/.*", value):
        raise BadInput(
            "",
            value,
            "a key managed by AWS cannot be used by another account",
            "Name a customer-managed key of this account and Region.",
        )
    return value


def _cluster_id(value: str) -> str:
    return valid_identifier("", value, limit=LONGEST_PROTECTED_ID)


def _some(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if not value:
        raise BadInput("", [], "it is empty", "Name at least one.")
    return value


SOME = AfterValidator(_some)
"""Refuses an empty list; pydantic's own check would count a list of which an item is wrong as empty too."""

_ARN_KEY = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(?:key|alias)/[A-Za-z0-9/_-]+"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

Text = Annotated[str, Field(min_length=1, max_length=2000)]
AccountId = Annotated[
    str,
    BeforeValidator(_account),
    pattern(r"\d{12}", "an account id has 12 digits", "Write all 12 digits in quotation marks."),
]
Region = Annotated[
    str,
    pattern(
        r"[a-z]{2,4}(?:-[a-z]+)*-(?:central|east|west|(?:north|south)(?:east|west)?)-\d{1,2}",
        "it is no Region name",
        "Write the Region as AWS does, such as us-west-2; not an Availability Zone, not its title.",
    ),
]
ConnectionId = Annotated[
    str,
    pattern(
        r"[\w.\-]{1,250}",
        "it is no Airflow connection id",
        "Use letters, digits, dots, hyphens and underscores; credentials belong in the connection.",
    ),
]
ClusterId = Annotated[str, AfterValidator(_cluster_id)]
KeyId = Annotated[
    str,
    AfterValidator(_key),
    pattern(
        rf"{_ARN_KEY}|alias/[A-Za-z0-9/_-]+|mrk-[0-9a-f]{{32}}|{_UUID}",
        "it is no KMS key",
        "Write alias/NAME, a key id, or the ARN of a key or alias.",
    ),
]
SubnetGroup = Annotated[
    str,
    pattern(r"[A-Za-z0-9 ._\-]{1,255}", "it is no subnet group name", "Copy the name from the RDS console."),
]
ParameterGroup = Annotated[
    str,
    pattern(
        r"(?!.{256})[A-Za-z](?:-?[A-Za-z0-9.])*",
        "it is no parameter group name",
        "Copy the name of a group in the target account and Region.",
    ),
]
SecurityGroupId = Annotated[
    str,
    pattern(
        r"sg-[0-9a-f]{8,17}", "it is no security group id", "Write the id, sg-..., not the group's name."
    ),
]
InstanceClass = Annotated[
    str,
    pattern(
        r"db\.[a-z0-9-]+(?:\.[a-z0-9-]+)?", "it is no instance class", "Write a class such as db.r6g.large."
    ),
]
RoleArn = Annotated[
    str,
    pattern(
        r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+",
        "it is no role ARN",
        "Write arn:aws:iam::...:role/...",
    ),
]
PolicyArn = Annotated[
    str,
    pattern(
        r"arn:aws[a-z-]*:iam::\d{12}:policy/[\w+=,.@/-]+",
        "it is no ARN of a policy of the account",
        "Write arn:aws:iam::...:policy/...; AWS's own policies cannot be changed.",
    ),
]
ProxyName = Annotated[
    str,
    pattern(
        r"[A-Za-z](?:-?[A-Za-z0-9]){0,59}",
        "it is no name of an RDS proxy",
        "Use letters, digits and single hyphens; start with a letter.",
    ),
]
TopicArn = Annotated[
    str,
    pattern(
        r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}",
        "it is no ARN of an SNS topic",
        "Write arn:aws:sns:REGION:ACCOUNT:NAME; FIFO topics cannot reach every queue.",
    ),
]
QueueArn = Annotated[
    str,
    pattern(
        r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}",
        "it is no ARN of an SQS queue",
        "Write arn:aws:sqs:REGION:ACCOUNT:NAME, not the queue's URL.",
    ),
]
Bucket = Annotated[
    str,
    pattern(
        r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "it is no bucket name",
        "Write the bucket alone, 3 to 63 lower-case characters, without s3:// and without a folder.",
    ),
]
Prefix = Annotated[
    str,
    pattern(
        r"(?!/)(?!.*//)[\w.=@+/-]{1,200}/",
        "it is no folder in a bucket",
        "Start without and end with a slash.",
    ),
]
SecretId = Annotated[
    str,
    pattern(
        r"[\w/+=.@:-]{1,2048}",
        "it is no secret name or ARN",
        "Write the name of a Secrets Manager secret; never a password.",
    ),
]
Database = Annotated[
    str,
    pattern(
        r"[A-Za-z_][\w$-]{0,62}", "it is no database name", "Use letters, digits, underscores and hyphens."
    ),
]
_IDENTIFIER = r"[A-Za-z_][\w$]{0,127}"
Table = Annotated[
    str,
    pattern(
        rf"{_IDENTIFIER}(?:\.{_IDENTIFIER})?",
        "it is no table name",
        "Write table or schema.table, without quotes.",
    ),
]
Column = Annotated[str, pattern(_IDENTIFIER, "it is no column name", "Write one column, without quotes.")]
SqlFile = Annotated[
    str,
    pattern(
        r"(?!.*\.\.)[A-Za-z0-9_][\w./-]*\.sql",
        "it is no SQL file below include/sql/aurora_recovery/sanity",
        "Write the path below that folder, such as orders_have_customers.sql.",
    ),
]
Pool = Annotated[str, pattern(r"[\w.\- ]{1,256}", "it is no pool name", "Write the name of an Airflow pool.")]
Tag = Annotated[
    str, pattern(r"[^,\n]{1,100}", "it is no Airflow tag", "Use 1 to 100 characters without comma.")
]
PipelineName = Annotated[
    str,
    pattern(
        r"[a-z][a-z0-9_]{0,60}",
        "it is no pipeline name",
        "Name the file with lower-case letters, digits and underscores; it becomes part of the DAG ids.",
    ),
]
Cron = Annotated[str, AfterValidator(check_cron)]
Timezone = Annotated[str, AfterValidator(check_timezone)]


def known_settings(table: tuple[Setting, ...]) -> AfterValidator:
    """Make the validator of a mapping of RDS arguments that a restore may set."""
    return AfterValidator(partial(_known_settings, known=by_name(_settable(table))))


def settings_schema(table: tuple[Setting, ...]) -> WithJsonSchema:
    """Make the JSON Schema of such a mapping."""
    names: dict[str, Any] = {setting.name: {} for setting in _settable(table)}
    return WithJsonSchema({"type": "object", "additionalProperties": False, "properties": names})


def _settable(table: tuple[Setting, ...]) -> tuple[Setting, ...]:
    return tuple(setting for setting in table if setting.carry is not Carry.NEVER)


def _known_settings(value: dict[str, Any], *, known: dict[str, Setting]) -> dict[str, Any]:
    for name, content in value.items():
        if name not in known:
            raise BadInput(
                name, content, "no restore takes this argument", f"Known: {', '.join(sorted(known))}."
            )
        if content is not None and type(content) is not known[name].kind:
            raise BadInput(name, content, f"{known[name].kind.__name__} was expected", "Correct the value.")
    return value
