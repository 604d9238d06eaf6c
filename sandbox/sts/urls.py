"""The sandbox takes STS requests as moto does."""

from moto.sts.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
