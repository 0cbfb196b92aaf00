"""Language models in the administration: their key is written and never shown, and goes to no other host."""

import pytest

from generation.models import PromptEnhancer
from generation.models.prompt_enhancer import INSTRUCTION
from sdsite.accounts.models import AuditEvent

pytestmark = pytest.mark.django_db

ADDRESS = "/admin/generation/promptenhancer/"
FORM = {
    "name": "Scribe",
    "url": "https://llm.example.org/v1",
    "model": "small",
    "instruction": INSTRUCTION,
    "enabled": "on",
}


@pytest.fixture
def row():
    return PromptEnhancer.objects.create(name="Scribe", url=FORM["url"], model="small", key="model-key")


def test_one_is_added_and_the_log_has_no_key(as_root):
    assert as_root.post(f"{ADDRESS}add/", {**FORM, "key": "model-key"}).status_code == 302
    assert PromptEnhancer.objects.get().key == "model-key"
    assert "model-key" not in str(list(AuditEvent.objects.values()))


def test_the_key_is_never_shown_and_stays_unless_the_host_changes(as_root, row):
    page = f"{ADDRESS}{row.pk}/change/"
    assert "model-key" not in as_root.get(page).content.decode()
    as_root.post(page, {**FORM, "model": "large", "key": ""})
    row.refresh_from_db()
    assert (row.model, row.key) == ("large", "model-key")
    as_root.post(page, {**FORM, "url": "https://other.example.org/v1", "key": ""})
    row.refresh_from_db()
    assert (row.url, row.key) == ("https://other.example.org/v1", "")
    assert "model-key" not in str(list(AuditEvent.objects.values()))


def test_without_tls_it_must_be_in_the_own_network(as_root):
    plain = {**FORM, "url": "http://llm.lan:11434/v1"}
    assert as_root.post(f"{ADDRESS}add/", plain).status_code == 200
    assert not PromptEnhancer.objects.exists()
    assert as_root.post(f"{ADDRESS}add/", {**plain, "is_local": "on"}).status_code == 302
