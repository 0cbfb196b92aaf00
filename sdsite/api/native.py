"""The native API: all routers below /api/v1, with common authentication and errors."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import register_converter
from ninja import NinjaAPI, Router
from ninja.openapi.docs import Swagger
from ninja.operation import Operation, PathView

from gallery.api.bulk import router as bulk_router
from gallery.api.collection_images import router as collection_images_router
from gallery.api.collection_members import router as members_router
from gallery.api.collections import router as collections_router
from gallery.api.explore import router as explore_router
from gallery.api.images import router as gallery_router
from gallery.api.moderation.appeals import router as appeals_router
from gallery.api.moderation.decisions import router as decisions_router
from gallery.api.moderation.images import router as moderation_router
from gallery.api.saved_searches import router as searches_router
from gallery.api.sharing import router as sharing_router
from gallery.api.steps import router as steps_router
from gallery.api.tags import router as tags_router
from gallery.api.tiles import router as tiles_router
from gallery.api.trash import router as trash_router
from gallery.api.uploads import router as uploads_router
from generation.api.adapters import router as adapters_router
from generation.api.admin.jobs import router as admin_jobs_router
from generation.api.admin.queue import router as admin_queue_router
from generation.api.admin.rule_hits import router as admin_hits_router
from generation.api.admin.rules import router as admin_rules_router
from generation.api.admin.workers import router as admin_workers_router
from generation.api.cancel import router as cancel_router
from generation.api.catalog import router as catalog_router
from generation.api.contact_sheets import router as sheets_router
from generation.api.events import router as events_router
from generation.api.image_settings import router as settings_router
from generation.api.jobs import router as generation_router
from generation.api.presets import router as saved_router
from generation.api.prompts import router as prompts_router
from generation.api.queue import router as queue_router
from generation.api.studio.state import router as studio_router
from generation.api.verify import router as verify_router
from generation.api.webhooks import router as webhooks_router
from sdsite.accounts.api import router as keys_router
from sdsite.accounts.audit.api import router as audit_router
from sdsite.accounts.joining.api import router as joining_router
from sdsite.accounts.notices.api import router as notices_router
from sdsite.accounts.notices.push.api import router as push_router
from sdsite.accounts.sessions.api import router as sessions_router
from sdsite.api import errors, openapi
from sdsite.api.auth import SCHEMES
from sdsite.api.import_images import router as import_router
from sdsite.api.json_parser import JsonParser
from sdsite.api.me import router as me_router
from sdsite.api.people.people import router as people_router
from sdsite.api.people.roles import router as roles_router
from sdsite.api.preferences import router as preferences_router
from sdsite.api.query_names import check_query_names
from sdsite.api.site.document import router as site_router
from sdsite.api.site.logo import router as logo_router
from sdsite.api.site.settings import router as site_settings_router
from sdsite.core.conditional_get import with_entity_tag

DESCRIPTION = """Generate images and fetch them. Create an API key at [/settings/keys/](../../settings/keys/) and
send it as `Authorization: Bearer <key>`. All errors have one format: `{"error": {"code", "message", "fields"}}`.
`docs/api.md` has the details."""


class DocsPage(Swagger):
    """Swagger UI from Ninja's own static files, in a page without inline script."""

    template = "api/docs.html"


class Paths(PathView):
    """Ninja's view of one path, with HEAD answered like GET and other methods refused in the API's error format."""

    def _find_operation(self, request: HttpRequest) -> Operation | None:
        wanted = "GET" if request.method == "HEAD" else request.method
        return next((operation for operation in self.operations if wanted in operation.methods), None)

    def _not_allowed(self) -> HttpResponse:
        allowed = ", ".join(sorted({method for operation in self.operations for method in operation.methods}))
        message = f"This URL takes {allowed}."
        return errors.render(errors.Answer("method_not_allowed", message, headers={"Allow": allowed}))


class NativeAPI(NinjaAPI):
    """NinjaAPI with the API's error format everywhere, and entity tags."""

    def _get_bound_routers(self) -> Any:
        routers = super()._get_bound_routers()
        for router in routers:
            for view in router.path_operations.values():
                view.__class__ = Paths
                check_query_names(view)
        return routers

    def create_response(self, request: HttpRequest, data: Any, **options: Any) -> HttpResponse:
        """Return the JSON response; to GET with its entity tag, or 304 where the client has it already."""
        return with_entity_tag(request, super().create_response(request, data, **options))

    def get_openapi_schema(self, **options: Any) -> Any:
        """Return the schema, with errors, entity tags and examples of every operation."""
        return openapi.complete_document(super().get_openapi_schema(**options))


class AnyPathConverter:
    """Path converter that takes every character; Django's own "path" ends at a line break."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        """Return `value`."""
        return value

    def to_url(self, value: str) -> str:
        """Return `value`."""
        return value


register_converter(AnyPathConverter, "any_path")
fallback = Router()


@fallback.get("", include_in_schema=False, auth=None)
def root(request: HttpRequest) -> HttpResponse:
    """Redirect to the page with the API's documentation."""
    return redirect("api:openapi-view")


@fallback.api_operation(
    ["GET", "POST", "PUT", "PATCH", "DELETE"], "/{any_path:path}", include_in_schema=False, auth=None
)
def unknown_path(request: HttpRequest, path: str) -> HttpResponse:
    """Answer 404 in JSON for every other path."""
    raise Http404


api = NativeAPI(
    title="sdsite",
    version="1.0.0",
    description=DESCRIPTION,
    urls_namespace="api",
    auth=SCHEMES,
    parser=JsonParser(),
    docs=DocsPage(settings={"persistAuthorization": False, "tryItOutEnabled": True, "deepLinking": False}),
)
errors.install(api)
api.add_router("", cancel_router)  # before the jobs, because "cancel" is no job id
api.add_router("", generation_router)
api.add_router("", events_router)
api.add_router("", queue_router)
api.add_router("", saved_router)
api.add_router("", studio_router)
api.add_router("", webhooks_router)
api.add_router("", prompts_router)
api.add_router("", adapters_router)
api.add_router("", catalog_router)
api.add_router("", sheets_router)
api.add_router("", settings_router)
api.add_router("", verify_router)
api.add_router("", tiles_router)  # before the images, as the tags
api.add_router("", tags_router)  # before the images, because "facets" and "tag" are no image ids
api.add_router("", bulk_router)  # likewise "bulk"
api.add_router("", import_router)  # likewise "import"
api.add_router("", gallery_router)
api.add_router("", steps_router)
api.add_router("", searches_router)
api.add_router("", trash_router)
api.add_router("", collections_router)
api.add_router("", collection_images_router)
api.add_router("", members_router)
api.add_router("", sharing_router)
api.add_router("", explore_router)
api.add_router("", uploads_router)
api.add_router("", moderation_router)
api.add_router("", decisions_router)
api.add_router("", audit_router)
api.add_router("", appeals_router)
api.add_router("", admin_jobs_router)
api.add_router("", admin_queue_router)
api.add_router("", admin_rules_router)
api.add_router("", admin_hits_router)
api.add_router("", admin_workers_router)
api.add_router("", keys_router)
api.add_router("", joining_router)
api.add_router("", notices_router)
api.add_router("", push_router)
api.add_router("", sessions_router)
api.add_router("", people_router)
api.add_router("", roles_router)
api.add_router("", me_router)
api.add_router("", preferences_router)
api.add_router("", site_router)
api.add_router("", site_settings_router)
api.add_router("", logo_router)
api.add_router("", fallback)  # last, because the first pattern that matches is used
