"""Texts that others read, and what none of them may have, at the API that takes them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sdsite.accounts.api_keys import create_key
from sdsite.accounts.models import ApiKey, Invitation, Suspension
from sdsite.accounts.plain_text import wrong_characters


@pytest.mark.parametrize("text", ["a\x00b", "a\x1b[2J", "a\u202eb", "a\u2066b", "\ue000", "a\nb"])
def test_what_cannot_be_shown_is_refused(text):
    assert wrong_characters(text)


@pytest.mark.parametrize("text", ["", "Ünder 5 € – ok", "שלום עולם", "👩\u200d🚀", "نمی\u200cخواهم"])
def test_words_of_any_script_are_not(text):
    assert not wrong_characters(text)


@pytest.mark.parametrize("text", ["a\x00b", "a\u202eb"])
def test_no_door_stores_it(as_root, alice, text):
    later = (timezone.now() + timedelta(days=1)).isoformat()
    calls = (
        ("post", "keys", {"name": text, "scopes": ["read"]}, "name"),
        ("post", "admin/invitations", {"note": text, "expires_at": later}, "note"),
        ("put", f"admin/people/{alice.pk}/suspension", {"reason": text}, "reason"),
        ("patch", "admin/settings", {"name": text}, "name"),
        ("patch", "admin/settings", {"announcement": text}, "announcement"),
    )
    for method, path, body, field in calls:
        answer = getattr(as_root, method)(f"/api/v1/{path}", body, content_type="application/json")
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, [field])
    assert not any(model.objects.exists() for model in (ApiKey, Invitation, Suspension))


def test_a_key_is_renamed_to_no_such_name(as_root, root):
    key, _whole = create_key(owner=root, name="laptop", scopes=["read"])
    answer = as_root.patch(f"/api/v1/keys/{key.pk}", {"name": "a\x00b"}, content_type="application/json")
    assert answer.status_code == 422
    assert ApiKey.objects.get().name == "laptop"
