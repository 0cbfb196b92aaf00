"""URLs of ComfyUI's API: at the root because clients replace the path, and below /api for newer clients."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from sdsite.api.compat.comfyui import views
from sdsite.api.compat.comfyui.consumer import ComfySocket
from sdsite.api.compat.comfyui.errors import render
from sdsite.api.endpoint import endpoint

View = Callable[..., HttpResponse]


def _guarded(view: View, scope: str | None, method: str) -> Any:
    async def in_thread(request: HttpRequest, **kwargs: str) -> HttpResponse:
        return await sync_to_async(view)(request, **kwargs)

    return endpoint(render, scope=scope, methods=(method,))(in_thread)


def _get(view: View, scope: str | None = "read") -> Any:
    return _guarded(view, scope, "GET")


def _post(view: View, scope: str) -> Any:
    return _guarded(view, scope, "POST")


def _either(reads: Any, writes: Any) -> Any:
    @csrf_exempt
    async def view(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
        answer: HttpResponseBase = await (writes if request.method == "POST" else reads)(request, **kwargs)
        return answer

    return view


# Address -> view. Keys need `generate` to generate and stop, `read` for results, `write` to delete history.
_ADDRESSES: dict[str, Any] = {
    "prompt": _either(_get(views.get_prompt), _post(views.post_prompt, "generate")),
    "queue": _either(_get(views.get_queue), _post(views.post_queue, "generate")),
    "history": _either(_get(views.get_history), _post(views.post_history, "write")),
    "history/<str:prompt_id>": _get(views.get_history_of),
    "view": _get(views.view),
    "upload/image": _post(views.upload_image, "generate"),
    "interrupt": _post(views.post_interrupt, "generate"),
    "free": _post(views.post_free, "generate"),
    "object_info": _get(views.object_info, None),
    "object_info/<str:node>": _get(views.object_info_of, None),
    "models": _get(views.models, None),
    "models/<str:folder>": _get(views.models_in, None),
    "embeddings": _get(views.embeddings, None),
    "features": _get(views.features, None),
    "system_stats": _get(views.system_stats, None),
}
_BELOW_API: dict[str, Any] = {"jobs": _get(views.jobs), "jobs/<str:prompt_id>": _get(views.job)}

urlpatterns = [
    *(path(f"{prefix}{address}", view) for prefix in ("", "api/") for address, view in _ADDRESSES.items()),
    *(path(f"api/{address}", view) for address, view in _BELOW_API.items()),
]
websocket_urlpatterns = [path(address, ComfySocket.as_asgi()) for address in ("ws", "api/ws")]
