"""Forms are the site's to read: the web server must not take them apart before.

Twisted, below daphne, reads every form into arguments that nobody here asks for: on the event loop, where a picture of
20 MB stops everybody for more than a second, and with an empty answer to what it cannot read.
"""

from daphne.http_protocol import WebRequest
from twisted.web import http


def leave_to_the_site() -> None:
    """Hand bodies of forms on as they came, in this process."""
    WebRequest.requestReceived = _received


def _received(request: WebRequest, command: bytes, path: bytes, version: bytes) -> None:
    request._parsePOSTFormSubmission = False
    http.Request.requestReceived(request, command, path, version)
