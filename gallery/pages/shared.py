"""Pages and files behind share links: an image or a collection for everyone who has the address.

Refusals are answered without Django's log line, because the path has the token. Nothing is kept by shared caches, and
browsers ask again each time, so that a revoked link shows nothing more.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from gallery.actions.sharing import is_password_of
from gallery.file_responses import serve_blurred, serve_file, thumbnail_side
from gallery.models import Collection, Image, ShareLink
from gallery.models.image import links_open
from sdsite.core.rate_limits import RateLimited

IMAGES_A_PAGE = 200
OPENED_SECONDS = 24 * 3600  # for which a browser remembers that it knew the password
View = Callable[..., HttpResponse]


def _opened(request: HttpRequest, link: ShareLink) -> bool:
    if not link.password:
        return True
    return request.get_signed_cookie(f"link-{link.pk.hex}", "", max_age=OPENED_SECONDS) == _proof(link)


def _proof(link: ShareLink) -> str:
    return salted_hmac("gallery.share_link", f"{link.pk}:{link.password}").hexdigest()[:32]


def _refused(request: HttpRequest) -> HttpResponse:
    response = render(request, "gallery/shared/gone.html", status=404)
    response["Cache-Control"] = "private, no-store"  # caches keep a 404 as well as a page
    response._has_been_logged = True  # type: ignore[attr-defined]  # the log line would have the token
    return response


def through_link(view: View) -> View:
    """Decorate a view that gets the open link instead of its token; the answer is a page that says so without one."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str, **named: Any) -> HttpResponse:
        links = ShareLink.objects.open().select_related("image", "collection", "owner")
        link = links.filter(token=token).first() if links_open() else None
        if link is None:
            return _refused(request)
        try:
            response = view(request, link, **named)
        except Http404:
            return _refused(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        response["X-Robots-Tag"] = "noindex"
        response["Referrer-Policy"] = "same-origin"
        return response

    return guarded


def _images(link: ShareLink) -> Any:
    """Return the images that a link shows: none from the trash, under review, or of people other than its owner."""
    shown = Image.objects.kept().viewable().filter(owner=link.owner)
    if link.image_id:
        return shown.filter(pk=link.image_id)
    in_order = ("items__position", "-items__added_at", "-items__id")
    return shown.filter(items__collection=link.collection_id).order_by(*in_order)


def _image(link: ShareLink, pk: uuid.UUID | None = None) -> Image:
    found: Image | None = _images(link).filter(pk=pk or link.image_id).first()
    if found is None:
        raise Http404("No such image behind this link.")
    return found


@csrf_exempt  # a stranger's POST has a password and changes nothing but their own cookie
@require_http_methods(["GET", "HEAD", "POST"])
@through_link
def shared(request: HttpRequest, link: ShareLink, image_id: uuid.UUID | None = None) -> HttpResponse:
    """Show the image or the collection of a link; ask for its password first if it has one."""
    if request.method == "POST":
        return _check_password(request, link)
    if not _opened(request, link):
        return render(request, "gallery/shared/password.html", {"token": link.token})
    if link.collection_id and image_id is None:
        return _collection(request, link)
    image = _image(link, image_id)
    context = {
        "image": image,
        "link": link,
        "addresses": _addresses(request, link, image),
        "shows_settings": not image.strips_metadata,
        "is_indexed": False,
    }
    return render(request, "gallery/shared/image.html", context)


def _check_password(request: HttpRequest, link: ShareLink) -> HttpResponse:
    address = request.META.get("REMOTE_ADDR") or "unknown"
    try:
        is_right = not link.password or is_password_of(link, request.POST.get("password", ""), address=address)
    except RateLimited as error:
        response = _ask_again(request, link, str(error), 429)
        response["Retry-After"] = str(error.retry_after)
        return response
    if not is_right:
        return _ask_again(request, link, _("This is not the password."), 403)
    response = HttpResponseRedirect(request.path)
    response.set_signed_cookie(
        f"link-{link.pk.hex}",
        _proof(link),
        max_age=OPENED_SECONDS,
        path=reverse("shared", args=[link.token]),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _ask_again(request: HttpRequest, link: ShareLink, error: str, status: int) -> HttpResponse:
    context = {"token": link.token, "error": error}
    response = render(request, "gallery/shared/password.html", context, status=status)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _collection(request: HttpRequest, link: ShareLink) -> HttpResponse:
    collection: Collection = link.collection  # type: ignore[assignment]
    page = Paginator(_images(link), IMAGES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "collection": collection,
        "link": link,
        "page": page,
        "images": [(image, _addresses(request, link, image)) for image in page],
    }
    return render(request, "gallery/shared/collection.html", context)


def _addresses(request: HttpRequest, link: ShareLink, image: Image) -> dict[str, str]:
    """Return the addresses of an image behind a link: page, file, thumbnail and its absolute address for previews."""
    inside = {"token": link.token, "image_id": image.pk}
    thumbnail = reverse("shared_thumbnail", kwargs=inside)
    return {
        "page": reverse("shared_image", kwargs=inside),
        "file": reverse("shared_file", kwargs=inside),
        "thumbnail": thumbnail,
        "srcset": f"{thumbnail}?size=256 256w, {thumbnail}?size=512 512w, {thumbnail}?size=1024 1024w",
        "preview": request.build_absolute_uri(f"{thumbnail}?size=1024"),
    }


@require_safe
@through_link
def shared_file(request: HttpRequest, link: ShareLink, image_id: uuid.UUID) -> HttpResponse:
    """Serve the file of an image behind a link, without its settings if the owner keeps them."""
    if not _opened(request, link):
        raise Http404("The password is missing.")
    image = _image(link, image_id)
    if image.blurred_at:
        return serve_blurred(request, image)
    return serve_file(request, image, thumbnail=None, is_shared=True, plain=image.strips_metadata)


@require_safe
@through_link
def shared_thumbnail(request: HttpRequest, link: ShareLink, image_id: uuid.UUID) -> HttpResponse:
    """Serve the thumbnail of an image behind a link."""
    if not _opened(request, link):
        raise Http404("The password is missing.")
    side, image = thumbnail_side(request), _image(link, image_id)
    if image.blurred_at:
        return serve_blurred(request, image)
    return serve_file(request, image, thumbnail=side, is_shared=True, plain=True)
