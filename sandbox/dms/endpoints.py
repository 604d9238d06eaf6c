"""Endpoints: moto's, which know what DMS lets them be and hide what is secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.dms.models import Endpoint as MotoEndpoint

from sandbox.dms import roles, s3_target
from sandbox.dms.exceptions import InvalidParameterCombination, InvalidParameterValue

ENGINES = {
    "mysql": "mysql",
    "mariadb": "mysql",
    "aurora": "mysql",
    "postgres": "postgres",
    "aurora-postgresql": "postgres",
}
"""The source engines that are really read, and who reads them."""

SETTINGS = {"mysql": "MySQLSettings", "postgres": "PostgreSQLSettings", "s3": "S3Settings"}
OWN_SETTINGS = {"MySQLSettings": "my_sql_settings", "PostgreSQLSettings": "postgre_sql_settings"}
PLAIN = {
    "Username": "username",
    "Password": "password",
    "ServerName": "server_name",
    "Port": "port",
    "DatabaseName": "database_name",
}
"""What may stand beside the settings of the engine or among them."""

CHANGEABLE = {
    **PLAIN,
    "EndpointIdentifier": "endpoint_identifier",
    "ExtraConnectionAttributes": "extra_connection_attributes",
    "CertificateArn": "certificate_arn",
    "SslMode": "ssl_mode",
}
HIDDEN = {"Password"}
UNUSED = (
    "service_access_role_arn",
    "external_table_definition",
    "external_id",
    "dynamo_db_settings",
    "dms_transfer_settings",
    "mongo_db_settings",
    "kinesis_settings",
    "kafka_settings",
    "elasticsearch_settings",
    "neptune_settings",
    "redshift_settings",
    "oracle_settings",
    "sybase_settings",
    "microsoft_sql_server_settings",
    "ibm_db2_settings",
    "doc_db_settings",
    "redis_settings",
    "gcp_my_sql_settings",
    "timestream_settings",
)
"""What moto's endpoint has for engines that the sandbox does not read or write."""


class Endpoint(MotoEndpoint):
    """A source database or a target in S3."""

    def prepare(self) -> None:
        """Check a new endpoint and complete its settings.

        Raises:
            InvalidParameterValue, InvalidParameterCombination, AccessDenied: DMS would refuse it.
            NotImplementedError: the sandbox cannot read or write such an engine.
        """
        self.endpoint_identifier = self.endpoint_identifier.lower()
        self.ssl_mode = self.ssl_mode or "none"
        self.status = "active"
        if self.engine_name == "s3" and self.endpoint_type == "target":
            self.s3_settings = s3_target.complete(self.s3_settings or {}, self.extra_connection_attributes)
        elif self.engine_name not in ENGINES or self.endpoint_type != "source":
            raise NotImplementedError(f"{self.endpoint_type} endpoints of engine {self.engine_name}")
        self._check()

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Take over the changes of a request, all or none; see `prepare` for what it raises."""
        before = dict(vars(self))
        try:
            self._apply(wanted)
            self._check()
        except BaseException:
            vars(self).update(before)
            raise

    def _apply(self, wanted: Mapping[str, Any]) -> None:
        for name, attribute in CHANGEABLE.items():
            if wanted.get(name) is not None:
                setattr(self, attribute, wanted[name])
        for name, attribute in OWN_SETTINGS.items():
            if wanted.get(name) is not None:
                kept = {} if wanted.get("ExactSettings") else getattr(self, attribute) or {}
                setattr(self, attribute, {**kept, **wanted[name]})
        if self.s3_settings and wanted.get("S3Settings"):
            self.s3_settings = s3_target.changed(self.s3_settings, wanted["S3Settings"])

    @property
    def reader(self) -> Any:
        """Who reads it: "mysql" or "postgres"."""
        return ENGINES[self.engine_name]

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that says where it is: the settings of its engine over those beside them."""
        plain = {name: getattr(self, attribute) for name, attribute in PLAIN.items()}
        own = getattr(self, OWN_SETTINGS[SETTINGS[self.reader]]) or {}
        given = {name: value for name, value in own.items() if value is not None}
        return {name: value for name, value in plain.items() if value is not None} | given

    @property
    def target(self) -> s3_target.S3Target:
        """The settings of a target."""
        return s3_target.parse(self.s3_settings or {})

    def described(self) -> dict[str, Any]:
        """Return it in the shape of Endpoint, without passwords."""
        shown = {name: value for name, value in self.to_dict().items() if value is not None}
        for name in OWN_SETTINGS:
            if name in shown:
                shown[name] = {key: value for key, value in shown[name].items() if key not in HIDDEN}
        return shown

    def _check(self) -> None:
        if self.s3_settings:
            roles.require(self.s3_settings["ServiceAccessRoleArn"], roles.SERVICE)
            return
        settings = self.settings
        if "SecretsManagerSecretId" in settings:
            self._check_secret(settings)
        elif missing := [name for name in ("ServerName", "Port", "Username") if not settings.get(name)]:
            raise InvalidParameterValue(f"{', '.join(missing)} must be set for {self.engine_name}")
        if self.ssl_mode in {"verify-ca", "verify-full"} and not self.certificate_arn:
            raise InvalidParameterCombination(f"SslMode {self.ssl_mode} needs a CertificateArn")

    def _check_secret(self, settings: Mapping[str, Any]) -> None:
        clear = [name for name in ("ServerName", "Port", "Username", "Password") if settings.get(name)]
        if clear:
            raise InvalidParameterCombination(
                f"Set either SecretsManagerSecretId or {', '.join(clear)}, not both"
            )
        role = settings.get("SecretsManagerAccessRoleArn")
        if not role:
            raise InvalidParameterCombination("SecretsManagerSecretId needs a SecretsManagerAccessRoleArn")
        roles.require(role, roles.regional(self.endpoint_arn.split(":")[3]), roles.SERVICE)


def new_endpoint(wanted: Mapping[str, Any], account: str, region: str) -> Endpoint:
    """Return the endpoint that a request or a template asks for, not checked yet."""
    get: Callable[[str], Any] = wanted.get
    return Endpoint(
        endpoint_identifier=get("EndpointIdentifier"),
        endpoint_type=get("EndpointType"),
        engine_name=get("EngineName"),
        engine_display_name=get("EngineName"),
        username=get("Username"),
        password=get("Password"),
        server_name=get("ServerName"),
        port=get("Port"),
        database_name=get("DatabaseName"),
        extra_connection_attributes=get("ExtraConnectionAttributes"),
        status="creating",
        kms_key_id=get("KmsKeyId"),
        certificate_arn=get("CertificateArn"),
        ssl_mode=get("SslMode"),
        s3_settings=get("S3Settings"),
        my_sql_settings=get("MySQLSettings"),
        postgre_sql_settings=get("PostgreSQLSettings"),
        resource_identifier=get("ResourceIdentifier"),
        account_id=account,
        region_name=region,
        **dict.fromkeys(UNUSED),
    )
