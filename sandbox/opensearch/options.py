"""What a request for a domain says, in the words of moto's domains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAMES = {
    "domain_name": "DomainName",
    "cluster_config": "ClusterConfig",
    "ebs_options": "EBSOptions",
    "access_policies": "AccessPolicies",
    "snapshot_options": "SnapshotOptions",
    "vpc_options": "VPCOptions",
    "cognito_options": "CognitoOptions",
    "encryption_at_rest_options": "EncryptionAtRestOptions",
    "node_to_node_encryption_options": "NodeToNodeEncryptionOptions",
    "advanced_options": "AdvancedOptions",
    "log_publishing_options": "LogPublishingOptions",
    "domain_endpoint_options": "DomainEndpointOptions",
    "advanced_security_options": "AdvancedSecurityOptions",
    "auto_tune_options": "AutoTuneOptions",
    "off_peak_window_options": "OffPeakWindowOptions",
    "software_update_options": "SoftwareUpdateOptions",
    "elasticsearch_cluster_config": "ElasticsearchClusterConfig",
}
NEWEST = "OpenSearch_2.19"
OLDEST_ES = "1.5"
"""The engine that a request without a version gets, by version of the API.

Source: https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_CreateDomain.html
"""


def domain_options(request: Mapping[str, Any], *, is_es: bool) -> dict[str, Any]:
    """Return the keyword arguments of moto's domain; `is_es` for a request in the API of 2015."""
    options = {name: request.get(parameter) for name, parameter in NAMES.items()}
    options["is_es"] = is_es
    if is_es:
        version = request.get("ElasticsearchVersion") or OLDEST_ES
        options["elasticsearch_version"] = version
        options["engine_version"] = f"Elasticsearch_{version}"
    else:
        options["elasticsearch_version"] = None
        options["engine_version"] = request.get("EngineVersion") or NEWEST
    return options
