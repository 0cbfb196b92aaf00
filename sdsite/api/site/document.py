"""API router of the document of the site, for everybody."""

from django.http import HttpRequest
from ninja import Router

from generation.serializers.site import SiteOut, serialize_site

router = Router(tags=["Site"])


@router.get(
    "/site",
    response=SiteOut,
    operation_id="get_site",
    summary="Get name and announcement",
    auth=None,
    openapi_extra={"security": [{}]},  # none is needed
)
def get_site(request: HttpRequest) -> SiteOut:
    """Return the name and logo of the site, what its administrators announce, and whether it is in maintenance.

    Needs no key. Open connections of `/ws/events/` get the same as `site.changed`.
    """
    return serialize_site()
