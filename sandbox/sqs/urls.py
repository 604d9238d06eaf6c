"""The paths of SQS, answered by the sandbox's responses."""

from moto.sqs.urls import url_bases
from moto.sqs.urls import url_paths as moto_paths

from sandbox.sqs.responses import SQSResponse

url_paths = dict.fromkeys(moto_paths, SQSResponse.dispatch)

__all__ = ["url_bases", "url_paths"]
