"""View of the MCP door: who may come in, and the body's bounds; the SDK does the rest.

The SDK takes a second and 18 MB to import, so a web process imports it with the first request that may come in.
"""

from importlib import import_module
from typing import Any

from asgiref.sync import sync_to_async
from corsheaders.conf import conf
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from sdsite.accounts.authentication import CHALLENGE
from sdsite.accounts.credentials import get_credentials
from sdsite.api.endpoint import endpoint, json_body
from sdsite.api.errors import Answer, ApiError, get_status

TRANSPORT = "sdsite.api.compat.mcp.transport"
JSON_RPC = {"invalid_json": -32700, "internal_error": -32603}  # code of ours -> JSON-RPC's; -32000 for others
REFUSED = -32000
ONLY_KEYS = "Send an API key: Authorization: Bearer <key>. This address takes no session."
FOREIGN_PAGE = "Pages of other sites may not use this address; see SDSITE_CORS_ORIGINS."


def render(answer: Answer) -> JsonResponse:
    """Return the response for an error before any message was read: its status, and an error of JSON-RPC."""
    status = get_status(answer)
    headers = {"Cache-Control": "no-store", **answer.headers}
    if status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    error = {"code": JSON_RPC.get(answer.code, REFUSED), "message": answer.message, "data": error_data(answer)}
    return JsonResponse({"jsonrpc": "2.0", "id": None, "error": error}, status=status, headers=headers)


def error_data(answer: Answer) -> dict[str, Any]:
    """Return what an error says to programs: code, fields, and the limit that was reached."""
    data: dict[str, Any] = {"code": answer.code, "fields": dict(answer.fields)}
    if answer.limit:
        data["limit"] = {"name": answer.limit.name, "most": answer.limit.most, "current": answer.limit.current}
    if "Retry-After" in answer.headers:
        data["retry_after"] = int(answer.headers["Retry-After"])
    return data


@endpoint(render, scope=None)
async def mcp(request: HttpRequest) -> HttpResponseBase:
    """Answer one message of an MCP client; what a tool needs of the key's scopes is checked when it is called."""
    if get_credentials(request).key is None:
        raise ApiError("unauthorized", ONLY_KEYS)
    _refuse_foreign_pages(request)
    message = await sync_to_async(json_body)(request)
    transport = await sync_to_async(import_module)(TRANSPORT)
    response: HttpResponseBase = await transport.respond(request, message)
    return response


def _refuse_foreign_pages(request: HttpRequest) -> None:
    """Refuse pages of other sites, which a name that points here would bring in; programs send no Origin.

    Raises:
        ApiError: `not_allowed`.
    """
    origin = request.headers.get("Origin", "")
    allowed = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS, *conf.CORS_ALLOWED_ORIGINS}
    if origin and origin not in allowed and not conf.CORS_ALLOW_ALL_ORIGINS:
        raise ApiError("not_allowed", FOREIGN_PAGE)
