"""Signatures of deliveries as Standard Webhooks defines them, so that its libraries can verify ours.

    signature = base64(HMAC-SHA256(key, f"{webhook-id}.{webhook-timestamp}.{body}"))

The key is the base64 part of the secret. The header is `v1,<signature>`; after a rotation, two of them separated by a
space. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

from generation.models.webhook import SECRET_PREFIX

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"
VERSION = "v1"
LEAST_BYTES, MOST_BYTES = 24, 64


def check_secret(secret: str) -> str:
    """Return `secret` if deliveries can be signed with it.

    Raises:
        ValueError: it is not SECRET_PREFIX and the base64 of LEAST_BYTES to MOST_BYTES bytes.
    """
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(SECRET_PREFIX) or not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError(f"secret must be {SECRET_PREFIX} and {LEAST_BYTES} to {MOST_BYTES} random bytes in base64")
    return secret


def sign(secret: str, *, delivery: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a delivery's `body` (UTF-8 JSON) at `timestamp` (Unix seconds)."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{delivery}.{timestamp}.".encode() + body
    return f"{VERSION},{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def headers(secrets: Iterable[str], *, delivery: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the signature headers of a delivery, signed with each of `secrets`."""
    signatures = (sign(secret, delivery=delivery, timestamp=timestamp, body=body) for secret in secrets)
    return {ID_HEADER: delivery, TIMESTAMP_HEADER: str(timestamp), SIGNATURE_HEADER: " ".join(signatures)}
