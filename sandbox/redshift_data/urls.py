"""The path of the Data API, answered by the sandbox's responses."""

from moto.redshiftdata.urls import url_bases

from sandbox.redshift_data.responses import RedshiftDataResponse

url_paths = {"{0}/$": RedshiftDataResponse.dispatch}

__all__ = ["url_bases", "url_paths"]
