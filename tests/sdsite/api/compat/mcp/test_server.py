"""The server as clients see it: handshake, list of tools with their schemas, and errors with the site's codes."""

import pytest
from jsonschema import Draft202012Validator

from tests.sdsite.api.compat.mcp.conftest import call, result_of, send
from tests.support.factories import make_image

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]

HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}}


def test_it_says_what_it_can(client):
    said = result_of(client, "initialize", **HELLO)
    assert (said["protocolVersion"], said["serverInfo"]["name"]) == ("2025-06-18", "sdsite")
    assert set(said["capabilities"]) >= {"tools", "resources"}
    assert "wait" in said["instructions"]


def test_schemas_are_valid_and_answers_keep_them(client, alice):
    tools = {tool["name"]: tool for tool in result_of(client, "tools/list")["tools"]}
    for tool in tools.values():
        Draft202012Validator.check_schema(tool["inputSchema"])
        assert tool["inputSchema"]["additionalProperties"] is False
        assert all("description" in one for one in tool["inputSchema"]["properties"].values()), tool["name"]
    image = make_image(alice)
    for name, arguments in (
        ("list_models", {}),
        ("search_my_images", {}),
        ("get_image", {"image_id": str(image.pk)}),
        ("generate", {"prompt": "a red heart", "wait_seconds": 0}),
    ):
        Draft202012Validator(tools[name]["inputSchema"]).validate(arguments)
        Draft202012Validator(tools[name]["outputSchema"]).validate(call(client, name, **arguments)[0])
    steps = tools["generate"]["inputSchema"]["properties"]["steps"]
    assert (steps["minimum"], steps["maximum"]) == (1, 250)


def test_an_unknown_tool_or_resource_is_an_error_with_a_code(client):
    unknown = send(client, "tools/call", {"name": "paint", "arguments": {}}).json()["error"]
    assert (unknown["code"], "generate" in unknown["message"]) == (-32602, True)
    missing = send(client, "resources/read", {"uri": "file:///etc/passwd"}).json()["error"]
    assert (missing["code"], missing["data"]["code"]) == (-32602, "not_found")
