"""Patch of daphne: the web server must not parse forms, because Django does.

Twisted below daphne parses every form into arguments that are not used: on the event loop, where an image of 20 MB
blocks all requests for more than a second, and with an empty response to a form that it cannot parse.
"""

from daphne.http_protocol import WebRequest
from twisted.web import http


def disable_form_parsing() -> None:
    """Pass bodies of forms on unparsed, in this process."""
    WebRequest.requestReceived = _received


def _received(request: WebRequest, command: bytes, path: bytes, version: bytes) -> None:
    request._parsePOSTFormSubmission = False
    http.Request.requestReceived(request, command, path, version)
