"""The paths of the Data API, which are moto's."""

from moto.rdsdata.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
