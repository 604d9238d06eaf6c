"""The paths of OpenSearch Service, which the answers tell apart by the service's model."""

from moto.opensearch.urls import url_bases

from sandbox.opensearch.responses import OpenSearchResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/.*$": OpenSearchResponse.dispatch}
