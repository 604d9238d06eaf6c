"""The paths of SNS, answered by the sandbox's responses."""

from moto.sns.urls import url_bases

from sandbox.sns.responses import SNSResponse

url_paths = {
    "{0}/$": SNSResponse.dispatch,
    "{0}/SimpleNotificationService-(?P<pem_id>[^/]+).pem": SNSResponse.serve_pem,
}

__all__ = ["url_bases", "url_paths"]
