"""API router of the site's logo: set it from an image, or remove it. Below /api/v1/admin."""

from django.db import transaction
from django.http import HttpRequest
from ninja import Router

from gallery.imaging.open_image import UnusableImage
from sdsite.accounts.scopes import require_permission, require_scope
from sdsite.api.errors import ApiError
from sdsite.api.site.settings import PERMISSION, SiteSettingsOut, represent_settings
from sdsite.configuration import changes, logo

router = Router(tags=["Administration"])

_IMAGE = {"image/*": {"schema": {"type": "string", "format": "binary"}}}


@router.put(
    "/admin/settings/logo",
    response=SiteSettingsOut,
    operation_id="set_logo",
    summary="Set the logo",
    openapi_extra={"requestBody": {"required": True, "content": _IMAGE}},
)
def set_logo(request: HttpRequest) -> SiteSettingsOut:
    """Make the image that is the body the logo of the site: at most 2 MB, stored anew as PNG in a square.

    For staff who may change the site settings; the environment's variables do not concern it. Needs the scope `admin`.
    """
    _check(request)
    data = _body(request)
    try:
        with transaction.atomic():
            changes.change(actor=request.user, changes={"logo": logo.store_logo(data)})  # type: ignore[arg-type]
    except UnusableImage as error:
        raise ApiError("invalid_parameters", str(error), {"file": str(error)}) from error
    return represent_settings()


@router.delete("/admin/settings/logo", response=SiteSettingsOut, operation_id="remove_logo", summary="Remove the logo")
def remove_logo(request: HttpRequest) -> SiteSettingsOut:
    """Show the site's own sign again. For staff who may change the site settings. Needs the scope `admin`."""
    _check(request)
    changes.change(actor=request.user, changes={"logo": ""})  # type: ignore[arg-type]
    return represent_settings()


def _check(request: HttpRequest) -> None:
    require_scope(request, "admin")
    require_permission(request, PERMISSION)


def _body(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > logo.MOST_BYTES:
        raise ApiError("body_too_large", f"The logo must be at most {logo.MOST_BYTES // 2**20} MB as a file.")
    return request.body
