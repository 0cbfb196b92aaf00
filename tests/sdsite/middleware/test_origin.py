"""The origin of what a request does, in the audit log."""

import asyncio

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from sdsite.accounts.audit.origin import get_origin
from sdsite.accounts.models import ApiKey, AuditEvent
from sdsite.middleware.origin import door_of, note_origin
from tests.support.clients.api_client import make_key
from tests.support.factories import make_image

HERE = "192.0.2.44"


@pytest.mark.parametrize(
    ("path", "door"),
    [
        ("/", "page"),
        ("/settings/keys/", "page"),
        ("/admin/", "admin"),
        ("/admin/accounts/user/", "admin"),
        ("/api/v1/jobs", "api"),
        ("/api/v1/nothing", "api"),
        ("/v1/images/generations", "openai"),
        ("/sdapi/v1/txt2img", "sdapi"),
        ("/prompt", "comfyui"),
        ("/mcp", "mcp"),
        ("/no/such/page", "page"),
    ],
)
def test_the_path_names_the_door(path, door):
    assert door_of(path) == door


def test_a_deed_of_a_page_has_the_address(as_alice, alice):
    as_alice.post("/settings/keys/", {"name": "bot", "scopes": ["read"]}, REMOTE_ADDR=HERE)
    event = AuditEvent.objects.get(action="api_key.created")
    assert (event.actor, event.door, event.address, event.key_lookup) == (alice, "page", HERE, None)


def test_a_deed_of_the_administration_has_the_address(as_root, alice):
    key, _ = make_key(alice)
    form = {"action": "revoke_selected", "_selected_action": [key.pk], "confirmed": "yes"}
    as_root.post("/admin/accounts/apikey/", form, REMOTE_ADDR=HERE)
    event = AuditEvent.objects.get(action="api_key.revoked")
    assert (event.actor_name, event.door, event.address) == ("root", "admin", HERE)


def test_a_deed_over_the_api_has_the_key_and_the_next_one_without_a_key_has_none(client, root, as_root):
    key, whole = make_key(root, "admin")
    made = {"name": "second", "scopes": ["admin"]}
    for sender, headers in ((client, {"X-API-Key": whole}), (as_root, {})):
        answer = sender.post("/api/v1/keys", made, content_type="application/json", headers=headers, REMOTE_ADDR=HERE)
        assert answer.status_code == 201, answer.content
    found = AuditEvent.objects.filter(door="api").order_by("pk").values_list("key_lookup", "key_name", "address")
    assert list(found) == [(key.lookup, "tests", HERE), (None, None, HERE)]
    assert ApiKey.objects.count() == 3


def test_a_deed_of_a_key_at_a_file_of_the_site_is_not_kept_for_the_process(client, alice):
    image = make_image(alice)
    answer = client.get(f"/images/{image.pk}/file", headers={"X-API-Key": make_key(alice)[1]}, REMOTE_ADDR=HERE)
    assert answer.status_code == 200
    assert (get_origin().key, get_origin().address) == (None, None)


def test_requests_in_one_event_loop_keep_apart():
    async def view(request):
        await asyncio.sleep(0)
        return HttpResponse(get_origin().address)

    async def together():
        handler = note_origin(view)
        requests = [RequestFactory().get("/", REMOTE_ADDR=f"192.0.2.{number}") for number in (1, 2, 3)]
        return [answer.content for answer in await asyncio.gather(*map(handler, requests))]

    assert asyncio.run(together()) == [b"192.0.2.1", b"192.0.2.2", b"192.0.2.3"]
