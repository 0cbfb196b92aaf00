"""Middleware that compresses pages and JSON. Streams, images and static files are left alone.

Django's adds up to 100 random bytes to each response, so that its length tells nothing about secrets in it (BREACH),
and masks the CSRF token anew in each page.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

COMPRESSED = ("text/html", "text/plain", "application/json", "text/css", "text/javascript", "application/manifest+json")


class CompressionMiddleware(GZipMiddleware):
    """Django's, for whole responses of text alone: an event of a stream must not wait in a compressor."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return the response, compressed where that pays and the client takes it."""
        kind = response.get("Content-Type", "").partition(";")[0].strip()
        if response.streaming or kind not in COMPRESSED:
            return response
        return super().process_response(request, response)
