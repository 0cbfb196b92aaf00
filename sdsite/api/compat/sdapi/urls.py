"""URLs of AUTOMATIC1111's API with the scopes they need, at the root because clients replace the path."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from sdsite.api.compat.sdapi import extras, generate, lists, options, progress
from sdsite.api.compat.sdapi.responses import render
from sdsite.api.endpoint import endpoint
from sdsite.api.errors import ApiError

View = Callable[[HttpRequest], HttpResponse]
AsyncView = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


def _plain(view: View, scope: str | None, method: str = "GET") -> Any:
    """Return an authenticated view that only reads and writes the database; it runs on a thread."""

    async def in_thread(request: HttpRequest) -> HttpResponse:
        return await sync_to_async(view)(request)

    return endpoint(render, scope=scope, methods=(method,))(in_thread)


def _generating(view: AsyncView) -> Any:
    return endpoint(render, scope="generate", methods=("POST",))(view)


_show_options = _plain(options.show_options, None)
_set_options = _plain(options.set_options, "generate", "POST")


@csrf_exempt
async def _options(request: HttpRequest) -> HttpResponseBase:
    """Show or set options; the views themselves refuse other methods."""
    view = _set_options if request.method == "POST" else _show_options
    answer: HttpResponseBase = await view(request)
    return answer


@endpoint(render, scope=None, methods=("GET", "POST"))
async def _unknown(request: HttpRequest, rest: str) -> HttpResponseBase:
    """Answer 404 in JSON at all other addresses below /sdapi/v1/."""
    raise ApiError("not_found", "Not Found")


# Address below /sdapi/v1/ -> view. Keys need `generate` to generate, stop and set options, `read` for progress.
_ADDRESSES: dict[str, Any] = {
    "txt2img": _generating(generate.text_to_image),
    "img2img": _generating(generate.image_to_image),
    "extra-single-image": _generating(extras.single),
    "extra-batch-images": _generating(extras.batch),
    "png-info": _plain(extras.png_info, None, "POST"),
    "interrogate": _plain(extras.interrogate, None, "POST"),
    "progress": _plain(progress.progress, "read"),
    "interrupt": _plain(progress.interrupt, "generate", "POST"),
    "skip": _plain(progress.skip, "generate", "POST"),
    "options": _options,
    **{name: _plain(lists.lister(answer), None) for name, answer in lists.LISTS.items()},
    **{name: _plain(lists.nothing, None, "POST") for name in lists.NOTHING_TO_DO},
}

urlpatterns = [
    *(path(f"sdapi/v1/{name}", view) for name, view in _ADDRESSES.items()),
    path("sdapi/v1/<path:rest>", _unknown),
    path("internal/progress", _plain(progress.task_progress, "read", "POST")),
    path("internal/pending-tasks", _plain(progress.pending_tasks, "read")),
]
