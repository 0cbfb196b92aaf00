"""Signed, expiring URLs of image files, for `response_format: url`; they work without a key.

The signature is in the query string, because paths of refused requests are logged and queries are not.
"""

import uuid
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from gallery.file_responses import respond_with_file
from gallery.models import Image

MINUTES = 60  # as OpenAI's
_signer = signing.TimestampSigner(salt="sdsite.api.openai.links")


def link_to(request: HttpRequest, image: Image) -> str:
    """Return the absolute URL of an image's file, valid for MINUTES from now."""
    signature = _signer.sign(str(image.pk)).partition(":")[2]
    path = reverse("openai_file", args=[image.pk])
    return request.build_absolute_uri(f"{path}?{urlencode({'signature': signature})}")


@require_safe
def signed_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Serve an image's file to anyone who has its signed URL.

    403 where the signature is invalid or has expired; 404 when the image is deleted or under review, or its owner
    suspended.
    """
    try:
        _signer.unsign(f"{pk}:{request.GET.get('signature', '')}", max_age=MINUTES * 60)
    except signing.BadSignature as error:
        expired = isinstance(error, signing.SignatureExpired)
        message = f"This address was valid for {MINUTES} minutes." if expired else "This address is not signed."
        return HttpResponse(message, status=403, content_type="text/plain", headers={"Cache-Control": "no-store"})
    shown = Image.objects.kept().viewable().filter(owner__is_active=True)
    response = respond_with_file(request, get_object_or_404(shown, pk=pk))
    response["Cache-Control"] = "private, no-store"
    return response
