"""The MCP server of the SDK with the site's tools and resources; one for all requests, because it holds no state."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from mcp import types
from mcp.server import Server
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

from sdsite.accounts.scopes import require_scope
from sdsite.api.compat.mcp import resources
from sdsite.api.compat.mcp.calls import Call
from sdsite.api.compat.mcp.tools import TOOLS, Outcome, Tool
from sdsite.api.compat.mcp.views import JSON_RPC, REFUSED, error_data
from sdsite.api.endpoint import answer_for
from sdsite.api.errors import Answer, clear_tracebacks

CALL = "sdsite.call"  # in the scope of a request
INVALID_PARAMS = -32602
INSTRUCTIONS = (
    "This site generates images from text. Call generate (or edit for an image that exists); it waits for the images "
    "and reports progress. An answer that is not finished has a job_id: call wait with it until finished is true. "
    "Images are kept in the caller's library: search_my_images finds them, get_image shows one. The addresses in "
    "answers need the caller's key or login."
)
Context = ServerRequestContext[Any, Any]
Handler = Callable[[Context, Any], Awaitable[Any]]


def _call_of(context: Context) -> Call:
    request: Any = context.request
    call: Call = request.scope[CALL]
    call.report = context.session.report_progress
    return call


def _answered(handler: Handler) -> Handler:
    """Decorate the handler of a method other than tools/call: errors become JSON-RPC's, with our codes."""

    async def handle(context: Context, params: Any) -> Any:
        try:
            return await handler(context, params)
        except Exception as error:
            answer = answer_for(error)
            clear_tracebacks(error)
            code = INVALID_PARAMS if answer.code == "not_found" else JSON_RPC.get(answer.code, REFUSED)
            raise MCPError(code, answer.message, error_data(answer)) from None

    return handle


async def list_tools(context: Context, params: Any) -> types.ListToolsResult:
    """Return the tools that the key's scopes and the user's roles allow."""
    call = _call_of(context)
    return types.ListToolsResult(tools=await call.in_thread(_offered, call))


def _offered(call: Call) -> list[types.Tool]:
    scopes, limits = call.scopes, call.limits
    return [describe(tool) for tool in TOOLS.values() if tool.scope in scopes and tool.is_offered(limits)]


@cache
def describe(tool: Tool) -> types.Tool:
    """Return a tool as clients list it."""
    hints = types.ToolAnnotations(
        read_only_hint=tool.only_reads, destructive_hint=False, idempotent_hint=tool.only_reads, open_world_hint=False
    )
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output.model_json_schema(mode="serialization"),
        annotations=hints,
    )


async def call_tool(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
    """Call a tool; what goes wrong is a result too, so that a model reads it and does better.

    Raises:
        MCPError: there is no tool of this name.
    """
    tool = TOOLS.get(params.name)
    if tool is None:
        raise MCPError(INVALID_PARAMS, f"There is no tool {params.name:.60}; the tools are {', '.join(TOOLS)}.")
    call = _call_of(context)
    try:
        require_scope(call.request, tool.scope)
        outcome = await tool.function(call, dict(params.arguments or {}))
    except Exception as error:
        answer = answer_for(error)
        clear_tracebacks(error)
        return failure(answer)
    return success(outcome)


def success(outcome: Outcome) -> types.CallToolResult:
    """Return the result of a tool: its structured answer, the same as text for older clients, then images."""
    shown = outcome.answer.model_dump(mode="json")
    text = types.TextContent(text=outcome.answer.model_dump_json())
    images: list[types.ContentBlock] = [
        types.ImageContent(data=image.base64, mime_type=image.mime_type) for image in outcome.images
    ]
    return types.CallToolResult(content=[text, *images], structured_content=shown, is_error=outcome.has_failed)


def failure(answer: Answer) -> types.CallToolResult:
    """Return the result of a tool that was refused or failed."""
    data = {**error_data(answer), "message": answer.message}
    text = types.TextContent(text=f"{answer.code}: {answer.message}")
    return types.CallToolResult(content=[text], structured_content={"error": data}, is_error=True)


def _resource(found: resources.Listed) -> types.Resource:
    return types.Resource(
        uri=found.uri, name=found.name, description=found.description, mime_type=found.mime_type, size=found.size
    )


@_answered
async def list_resources(context: Context, params: Any) -> types.ListResourcesResult:
    """List the newest images of the user's library."""
    call = _call_of(context)
    cursor = params.cursor if params else None
    found, following = await call.in_thread(resources.list_images, call, cursor)
    return types.ListResourcesResult(resources=[_resource(one) for one in found], next_cursor=following)


async def list_resource_templates(context: Context, params: Any) -> types.ListResourceTemplatesResult:
    """Return the addresses of an image's file and thumbnail."""
    templates = [
        types.ResourceTemplate(uri_template=template, name=name, description=description, mime_type=kind)
        for template, name, description, kind in resources.TEMPLATES
    ]
    return types.ListResourceTemplatesResult(resource_templates=templates)


@_answered
async def read_resource(context: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
    """Return an image's file or thumbnail."""
    call = _call_of(context)
    image = await call.in_thread(resources.read, call, params.uri)
    contents = types.BlobResourceContents(uri=params.uri, mime_type=image.mime_type, blob=image.base64)
    return types.ReadResourceResult(contents=[contents])


SERVER: Server[Any] = Server(
    "sdsite",
    instructions=INSTRUCTIONS,
    on_list_tools=_answered(list_tools),
    on_call_tool=call_tool,
    on_list_resources=list_resources,
    on_list_resource_templates=list_resource_templates,
    on_read_resource=read_resource,
)
