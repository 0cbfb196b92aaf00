"""Images as resources: listed page by page, read by those who may see them."""

import base64

import pytest

from gallery.models import Image
from sdsite.api.compat.mcp import resources
from tests.sdsite.api.compat.mcp.conftest import result_of, send
from tests.support.clients.api_client import knocking_as
from tests.support.factories import make_image

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]


def code(client, uri):
    return send(client, "resources/read", {"uri": uri}).json()["error"]["data"]["code"]


def test_ones_own_images_are_listed_page_by_page(client, alice, bob, monkeypatch):
    monkeypatch.setattr(resources, "MOST_LISTED", 2)
    mine = {f"sdsite://images/{make_image(alice, index=number).pk}" for number in range(3)}
    make_image(bob)
    first = result_of(client, "resources/list")
    rest = result_of(client, "resources/list", cursor=first["nextCursor"])
    assert {one["uri"] for one in first["resources"] + rest["resources"]} == mine
    assert "nextCursor" not in rest
    templates = result_of(client, "resources/templates/list")["resourceTemplates"]
    assert [one["uriTemplate"] for one in templates] == ["sdsite://images/{id}", "sdsite://images/{id}/thumbnail"]


def test_file_and_thumbnail_are_read(client, alice):
    image = make_image(alice)
    uri = f"sdsite://images/{image.pk}"
    [file] = result_of(client, "resources/read", uri=uri)["contents"]
    assert (file["mimeType"], base64.b64decode(file["blob"])[:4]) == ("image/png", b"\x89PNG")
    [small] = result_of(client, "resources/read", uri=f"{uri}/thumbnail")["contents"]
    assert small["mimeType"] == "image/webp"


def test_what_is_not_to_be_seen_is_unknown(client, alice, bob):
    foreign, held = make_image(bob), make_image(alice)
    Image.objects.filter(pk=held.pk).update(quarantined_at=held.created_at)
    assert code(client, f"sdsite://images/{foreign.pk}") == "not_found"
    assert code(client, f"sdsite://images/{held.pk}") == "quarantined"
    assert code(client, f"sdsite://images/{held.pk}/../file") == "not_found"
    assert code(knocking_as(alice, "generate"), f"sdsite://images/{held.pk}") == "forbidden_scope"
