"""Styles, presets and wildcard lists in the admin."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from generation.models import Preset, Style, Wildcard
from sdsite.accounts.models import AuditEvent

LIST = reverse("admin:generation_wildcard_changelist")


ADD = reverse("admin:generation_wildcard_add")


def test_a_text_file_becomes_a_wildcard(as_root):
    file = SimpleUploadedFile("Big-Cats.txt", "\ufeff# cats\nlion\n\n2::tiger\n".encode())
    answer = as_root.post(ADD, {"name": "", "lines": "", "enabled": "on", "file": file})
    assert answer.status_code == 302, answer.context["errors"]
    row = Wildcard.objects.get()
    assert (row.name, row.entries) == ("big-cats", 2)
    assert "2::tiger" in row.lines
    assert AuditEvent.objects.filter(action="wildcard.created").exists()


def test_lines_can_be_written_and_changed(as_root):
    assert as_root.post(ADD, {"name": "animals/cats", "lines": "lion", "enabled": "on"}).status_code == 302
    row = Wildcard.objects.get()
    url = reverse("admin:generation_wildcard_change", args=[row.pk])
    assert "lion" in as_root.get(url).content.decode()
    assert as_root.post(url, {"name": row.name, "lines": "lion\npuma", "enabled": "on"}).status_code == 302
    row.refresh_from_db()
    assert row.entries == 2


def test_wildcards_are_switched_off_and_on(as_root, act):
    row = Wildcard.objects.create(name="cats", lines="lion", entries=1)
    for name, enabled in (("disable", False), ("enable", True)):
        act(as_root, LIST, name, row)
        row.refresh_from_db()
        assert row.enabled is enabled
    assert set(AuditEvent.objects.values_list("action", flat=True)) == {"wildcard.enabled", "wildcard.disabled"}


@pytest.mark.parametrize(
    ("name", "model", "values"),
    [("style", Style, {"prompt": "ink"}), ("preset", Preset, {"parameters": '{"steps": 8}'})],
)
def test_shared_styles_and_presets_are_made_here(as_root, alice, name, model, values):
    url = reverse(f"admin:generation_{name}_add")
    assert as_root.post(url, {"name": "shared one", **values}).status_code == 302
    assert as_root.post(url, {"name": "hers", "owner": alice.pk, **values}).status_code == 302
    assert as_root.post(url, {"name": "", **values}).status_code == 200
    page = as_root.get(reverse(f"admin:generation_{name}_changelist")).content.decode()
    assert "shared with everybody" in page
    assert "alice" in page
    assert model.objects.get(owner=None).name == "shared one"


def test_a_plain_user_stays_outside(as_alice):
    assert as_alice.get(LIST, follow=True).status_code == 403
