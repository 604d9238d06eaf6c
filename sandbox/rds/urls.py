"""The URLs of the RDS API, in the shape moto looks for beside a backend's module."""

from moto.rds.urls import url_bases

from sandbox.rds.responses import SandboxRDSResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/$": SandboxRDSResponse.dispatch}
