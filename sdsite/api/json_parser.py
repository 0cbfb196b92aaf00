"""Parser of JSON bodies, which tolerates the Content-Types of careless clients."""

import json
import re
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from sdsite.api.errors import ApiError
from sdsite.core import json_bodies

_JSON = re.compile(r"application/(json|[\w.+-]+\+json)")
# `curl -d` declares a form, other clients nothing or text: these bodies are read as JSON too.
_TOLERATED = ("", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream")
SEND_JSON = "Send the body as JSON, with Content-Type: application/json."


class JsonParser(Parser):
    """Ninja's parser with the API's errors. NaN and infinities pass, so that the field's own check names its range."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body's JSON value.

        Raises:
            ApiError: `unsupported_media_type`, `invalid_json`.
            BodyTooLarge: more values or text than any request needs.
        """
        declared = bool(_JSON.fullmatch(request.content_type or ""))
        if not declared and request.content_type not in _TOLERATED:
            raise ApiError("unsupported_media_type", f"{request.content_type:.60} is not supported. {SEND_JSON}")
        try:
            value = json_bodies.load(request.body)
            if b"\\u" in request.body:
                # An escape can contain half of a surrogate pair, which neither UTF-8 nor the database takes.
                json.dumps(value, ensure_ascii=False).encode()
            return value
        except json.JSONDecodeError as error:
            where = f"{error.msg} at line {error.lineno}, column {error.colno}"
        except RecursionError:
            where = "it is nested too deeply"
        except ValueError:  # no Unicode text, or a number of thousands of digits
            where = "it cannot be decoded"
        if declared:
            raise ApiError("invalid_json", f"The body is not JSON: {where}.")
        raise ApiError("unsupported_media_type", f"The body is not JSON ({where}). {SEND_JSON}")
