"""The VAPID key of the site (RFC 8292), by which push services know it."""

import base64
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

PURPOSE = b"sdsite VAPID P-256 1"
# Order of the curve P-256 (FIPS 186-5): a private key is 1 to one less than it.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def private_key() -> ec.EllipticCurvePrivateKey:
    """Return the key, derived from the secret key: made at the first start, the same on all machines."""
    return _derive(settings.SECRET_KEY)


@lru_cache(maxsize=2)
def _derive(secret: str) -> ec.EllipticCurvePrivateKey:
    # 128 bits more than the order has, so that the remainder is even (FIPS 186-5, A.2.1).
    expanded = HKDF(algorithm=hashes.SHA256(), length=48, salt=None, info=PURPOSE).derive(secret.encode())
    return ec.derive_private_key(int.from_bytes(expanded, "big") % (ORDER - 1) + 1, ec.SECP256R1())


def public_key() -> str:
    """Return the public key as browsers take it for `applicationServerKey`: base64url, without padding."""
    point = private_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")
