"""The MCP SDK's own client at a running site, with a key."""

from contextlib import asynccontextmanager

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

MODERN, LEGACY = "auto", "legacy"  # with a message of its own for everything, or after a handshake


@asynccontextmanager
async def mcp_client(site, key, mode=MODERN, **headers):
    """Connect to the MCP door of `site`."""
    headers = {"Authorization": f"Bearer {key}", **headers}
    async with httpx2.AsyncClient(headers=headers, timeout=300) as http:
        transport = streamable_http_client(f"{site.url}/mcp", http_client=http)
        async with Client(transport, mode=mode, cache=None) as client:
            yield client


async def told(client, tool, **arguments):
    """Return the structured answer of a tool, and its images; the call must succeed."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result.structured_content, [block for block in result.content if block.type == "image"]


async def refusal(client, tool, **arguments):
    """Return the error of a tool."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error, result.structured_content
    return result.structured_content["error"]
