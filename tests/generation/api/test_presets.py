"""Styles, presets and wildcards over the API: each user's own, and shared ones."""

import pytest
from django.contrib.auth.models import Permission

from generation.models import Preset, Style, Wildcard
from sdsite.accounts.models import AuditEvent
from tests.support.clients.api_client import error_of, knocking_as

pytestmark = pytest.mark.django_db


INK = {"name": "ink", "prompt": "{prompt}, ink drawing", "negative_prompt": "colour"}


QUICK = {"name": "quick", "parameters": {"steps": 8, "sampler": "Euler a"}}


KINDS = {"styles": (Style, INK, {"prompt": "pencil"}), "presets": (Preset, QUICK, {"parameters": {"steps": 9}})}


@pytest.fixture
def editor(bob):
    """Bob, who may change what is shared."""
    bob.user_permissions.set(
        Permission.objects.filter(content_type__app_label="generation", content_type__model__in=["style", "preset"])
    )
    return knocking_as(bob, "read", "write", "admin")


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def create(client, kind, **changes):
    response = client.api("POST", f"/{kind}", {**KINDS[kind][1], **changes})
    assert response.status_code == 201, response.content
    return response.json()


def test_what_one_keeps_is_listed_changed_and_deleted(owner_client, kind):
    made = create(owner_client, kind)
    assert (made["shared"], made["changeable"]) == (False, True)
    assert owner_client.api("GET", f"/{kind}").json() == [made]
    changed = owner_client.api("PATCH", f"/{kind}/{made['id']}", {"name": "other", **KINDS[kind][2]}).json()
    assert changed == {**made, "name": "other", **KINDS[kind][2]}
    assert owner_client.api("DELETE", f"/{kind}/{made['id']}").status_code == 204
    assert owner_client.api("GET", f"/{kind}").json() == []


def test_a_strangers_id_is_not_found(owner_client, charlie_client, kind):
    made = create(owner_client, kind)
    assert charlie_client.api("GET", f"/{kind}").json() == []
    for method, body in (("PATCH", {"name": "mine"}), ("DELETE", None)):
        error_of(charlie_client.api(method, f"/{kind}/{made['id']}", body), 404, "not_found")
    assert KINDS[kind][0].objects.get().name == made["name"]


def test_what_is_shared_is_everybodys_to_use_and_staffs_to_change(editor, owner_client, kind):
    made = create(editor, kind, shared=True)
    (seen,) = owner_client.api("GET", f"/{kind}").json()
    assert seen == {**made, "changeable": False}
    for method, body in (("PATCH", {"name": "mine"}), ("DELETE", None)):
        error_of(owner_client.api(method, f"/{kind}/{made['id']}", body), 403, "not_allowed")
    error_of(owner_client.api("POST", f"/{kind}", {**KINDS[kind][1], "shared": True}), 403, "not_allowed")
    own = create(owner_client, kind)  # a shared name may be one's own as well
    error_of(owner_client.api("PATCH", f"/{kind}/{own['id']}", {"shared": True}), 403, "not_allowed")
    assert [one["shared"] for one in owner_client.api("GET", f"/{kind}").json()] == [False, True]
    assert editor.api("PATCH", f"/{kind}/{made['id']}", {"shared": False}).json()["shared"] is False
    assert len(owner_client.api("GET", f"/{kind}").json()) == 1
    assert AuditEvent.objects.filter(action=f"{kind[:-1]}.created").count() == 1


def test_a_key_changes_what_is_shared_only_with_the_scope_admin(editor, bob, kind):
    made = create(editor, kind, shared=True)
    writer = knocking_as(bob, "read", "write")
    assert writer.api("GET", f"/{kind}").json() == [{**made, "changeable": False}]
    for method, path, body in (
        ("POST", f"/{kind}", {**KINDS[kind][1], "name": "more", "shared": True}),
        ("PATCH", f"/{kind}/{made['id']}", {"name": "mine"}),
        ("DELETE", f"/{kind}/{made['id']}", None),
    ):
        error_of(writer.api(method, path, body), 403, "not_allowed")
    assert KINDS[kind][0].objects.get().name == made["name"]


def test_unknown_names_are_refused_with_those_there_are(owner_client, kind):
    fields = error_of(owner_client.api("POST", f"/{kind}", {"colour": 1}), 422, "invalid_parameters")
    assert "the names are name, " in " ".join(fields.values())


def test_wildcards_that_are_enabled_are_listed(owner_client):
    Wildcard.objects.create(name="animals/cats", lines="lion\ntiger", entries=2)
    Wildcard.objects.create(name="off", lines="x", entries=1, enabled=False)
    assert owner_client.api("GET", "/wildcards").json() == [{"name": "animals/cats", "entries": 2}]
