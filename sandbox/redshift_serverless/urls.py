"""The path of Redshift Serverless."""

from sandbox.redshift_serverless.responses import RedshiftServerlessResponse

url_bases = [r"https?://redshift-serverless\.(.+)\.amazonaws\.com"]
url_paths = {"{0}/$": RedshiftServerlessResponse.dispatch}

__all__ = ["url_bases", "url_paths"]
