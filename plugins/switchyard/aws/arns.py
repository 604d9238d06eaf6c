"""Amazon Resource Names, taken apart."""

from __future__ import annotations

from dataclasses import dataclass

from switchyard.errors import BadInput


@dataclass(frozen=True)
class Arn:
    """The parts of an ARN; ``region`` and ``account`` are empty for global resources."""

    partition: str
    service: str
    region: str
    account: str
    resource_type: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Take an ARN apart: ``arn:aws:rds:us-west-2:111111111111:cluster:orders``.

        The resource may be ``type:name``, ``type/name`` or a bare name, which has the type "".

        Raises:
            BadInput: the text is not an ARN.
        """
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or not all((parts[1], parts[2], parts[5])):
            raise BadInput(
                "ARN",
                text,
                "it is not of the form arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE",
                "Correct it",
            )
        _, partition, service, region, account, rest = parts
        resource_type, resource = _split_resource(rest)
        return cls(partition, service, region, account, resource_type, resource)


def _split_resource(rest: str) -> tuple[str, str]:
    at = min((found for found in (rest.find(":"), rest.find("/")) if found > 0), default=-1)
    return ("", rest) if at < 0 else (rest[:at], rest[at + 1 :])
