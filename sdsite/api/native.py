"""The native API: joins the rooms' routers at /api/v1, with one way in and one shape of errors."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import register_converter
from ninja import NinjaAPI, Router
from ninja.openapi.docs import Swagger
from ninja.operation import Operation, PathView

from gallery.api.collections import router as collections_router
from gallery.api.images import router as gallery_router
from gallery.api.moderation import router as moderation_router
from gallery.api.tags import router as tags_router
from gallery.api.uploads import router as uploads_router
from generation.api.adapters import router as adapters_router
from generation.api.cancel import router as cancel_router
from generation.api.catalog import router as catalog_router
from generation.api.contact_sheets import router as sheets_router
from generation.api.events import router as events_router
from generation.api.image_settings import router as settings_router
from generation.api.jobs import router as generation_router
from generation.api.presets import router as saved_router
from generation.api.prompts import router as prompts_router
from generation.api.queue import router as queue_router
from generation.api.verify import router as verify_router
from generation.api.webhooks import router as webhooks_router
from sdsite.accounts.api import router as keys_router
from sdsite.api import errors, openapi
from sdsite.api.auth import SCHEMES
from sdsite.api.json_parser import JsonParser
from sdsite.api.me import router as me_router
from sdsite.core.conditional_get import with_entity_tag

DESCRIPTION = """Make pictures and fetch them. Keys are made at `/settings/`; send one as `Authorization: Bearer <key>`.
Every error looks the same: `{"error": {"code", "message", "fields"}}`. `docs/api.md` tells the rest."""


class DocsPage(Swagger):
    """Swagger UI from Ninja's own static files, in a page without inline script."""

    template = "api/docs.html"


class Paths(PathView):
    """Ninja's table of methods for one path, answering HEAD like GET and refusing others in our shape."""

    def _find_operation(self, request: HttpRequest) -> Operation | None:
        wanted = "GET" if request.method == "HEAD" else request.method
        return next((operation for operation in self.operations if wanted in operation.methods), None)

    def _not_allowed(self) -> HttpResponse:
        allowed = ", ".join(sorted({method for operation in self.operations for method in operation.methods}))
        message = f"This address takes {allowed}."
        return errors.render(errors.Answer("method_not_allowed", message, headers={"Allow": allowed}))


class NativeAPI(NinjaAPI):
    """NinjaAPI with our errors everywhere, also where Ninja has no hook for them."""

    def _get_bound_routers(self) -> Any:
        routers = super()._get_bound_routers()
        for router in routers:
            for view in router.path_operations.values():
                view.__class__ = Paths
        return routers

    def create_response(self, request: HttpRequest, data: Any, **options: Any) -> HttpResponse:
        """Return the JSON answer; of what is read with its entity tag, or 304 where the client has the same."""
        return with_entity_tag(request, super().create_response(request, data, **options))

    def get_openapi_schema(self, **options: Any) -> Any:
        """Return the schema, with errors, entity tags and examples of every operation."""
        return openapi.completed(super().get_openapi_schema(**options))


class Anything:
    """An address with whatever is in it; Django's own "path" ends at a line break."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        """Return it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it is."""
        return value


register_converter(Anything, "anything")
fallback = Router()


@fallback.get("", include_in_schema=False, auth=None)
def root(request: HttpRequest) -> HttpResponse:
    """Send the curious to the page that describes the API."""
    return redirect("api:openapi-view")


@fallback.api_operation(
    ["GET", "POST", "PUT", "PATCH", "DELETE"], "/{anything:address}", include_in_schema=False, auth=None
)
def unknown_address(request: HttpRequest, address: str) -> HttpResponse:
    """Answer whatever nobody else does, so that programs get JSON here too."""
    raise Http404


api = NativeAPI(
    title="sdsite",
    version="1.0.0",
    description=DESCRIPTION,
    urls_namespace="api",
    auth=SCHEMES,
    parser=JsonParser(),
    docs=DocsPage(settings={"persistAuthorization": False, "tryItOutEnabled": True}),
)
errors.install(api)
api.add_router("", cancel_router)  # before the jobs: "cancel" is no job's id
api.add_router("", generation_router)
api.add_router("", events_router)
api.add_router("", queue_router)
api.add_router("", saved_router)
api.add_router("", webhooks_router)
api.add_router("", prompts_router)
api.add_router("", adapters_router)
api.add_router("", catalog_router)
api.add_router("", sheets_router)
api.add_router("", settings_router)
api.add_router("", verify_router)
api.add_router("", tags_router)  # before the images: "facets" and "tag" are no image's id
api.add_router("", gallery_router)
api.add_router("", collections_router)
api.add_router("", uploads_router)
api.add_router("", moderation_router)
api.add_router("", keys_router)
api.add_router("", me_router)
api.add_router("", fallback)  # last: the first pattern that fits answers
