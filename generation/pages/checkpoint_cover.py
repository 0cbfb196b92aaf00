"""Cover images of checkpoints."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from generation.limits import limits_for, offered_to
from sdsite.accounts.authentication import key_or_login_required
from sdsite.accounts.credentials import get_credentials
from sdsite.core.conditional_get import conditional_response

CACHING = "private, max-age=3600"


@require_safe
@key_or_login_required("read")
def checkpoint_cover(request: HttpRequest, slug: str) -> HttpResponse:
    """Serve the cover image of a checkpoint to users to whom it is offered; 404 for others."""
    checkpoint = get_object_or_404(offered_to(limits_for(get_credentials(request))), slug=slug)
    if not checkpoint.picture:
        raise Http404("This checkpoint has no cover image.")
    etag = f'"{checkpoint.picture.name}"'
    known = conditional_response(request, etag, CACHING)
    if known is not None:
        return known
    try:
        with checkpoint.picture.open() as file:
            data = file.read()
    except OSError as error:
        raise Http404("The cover image of this checkpoint is missing.") from error
    headers = {"ETag": etag, "Cache-Control": CACHING, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(data, content_type="image/webp", headers=headers)
