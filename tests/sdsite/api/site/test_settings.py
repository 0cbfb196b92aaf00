"""The site settings over the API: who may, what they refuse, and that they hold at once."""

import pytest
from django.contrib.auth.models import Permission

from generation.models import Checkpoint, RoleLimits
from generation.queue.state import current_state
from sdsite.accounts.joining.mode import get_mode
from sdsite.accounts.models import AuditEvent, SignupMode, SiteSettings
from tests.support.clients.api_client import ApiClient, error_of, knocking_as
from tests.support.factories import make_checkpoint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_alone")]
PATH = "/admin/settings"


@pytest.fixture
def administrator(root):
    return knocking_as(root, "admin", "read")


def entries():
    return list(AuditEvent.objects.filter(action="settings.changed").order_by("pk"))


def test_one_request_changes_what_lies_in_many_rows_with_one_entry(administrator, root, checkpoint):
    other = make_checkpoint("ink")
    wanted = {
        "name": "Atelier",
        "signup_mode": "invitation",
        "default_checkpoint": "ink",
        "safety": "blur",
        "speed_mode": "draft",
        "trash_days": 14,
        "announcement": "New checkpoints on Friday.",
        "severity": "warning",
        "maintenance": True,
        "maintenance_message": "New disks.",
    }
    before = administrator.api("GET", PATH).json()
    answer = administrator.api("PATCH", PATH, wanted)
    assert answer.status_code == 200, answer.content
    assert {name: answer.json()[name] for name in wanted} == wanted
    assert administrator.api("GET", PATH).json() == answer.json()
    assert Checkpoint.objects.get(is_default=True) == other
    assert (get_mode(), RoleLimits.objects.get(group=None).safety) == (SignupMode.INVITATION, "blur")
    assert (current_state().maintenance, current_state().message) == (True, "New disks.")
    (entry,) = entries()
    assert (entry.actor, entry.after) == (root, wanted)
    assert entry.before == {name: before[name] for name in wanted}
    assert not AuditEvent.objects.filter(action__in=["signup.changed", "queue.changed"]).exists()


def test_what_was_answered_can_be_sent_back_and_changes_nothing(administrator, checkpoint):
    held = administrator.api("GET", PATH).json()
    sent = {name: value for name, value in held.items() if name not in ("fixed", "logo_url")}
    assert administrator.api("PATCH", PATH, sent).json() == held
    assert entries() == []


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"signup_mode": "verified"}, "signup_mode", "EMAIL_URL"),
        ({"default_checkpoint": "off"}, "default_checkpoint", "enabled checkpoint"),
        ({"default_checkpoint": "nowhere"}, "default_checkpoint", "enabled checkpoint"),
        ({"jobs_days": 10, "deliveries_days": 20}, "jobs_days", "as long as webhook deliveries"),
        ({"maintenance": True, "maintenance_until": "2020-01-01T00:00:00Z"}, "maintenance_until", "has passed"),
        ({"maintenance_until": "2090-01-01T00:00:00Z"}, "maintenance_until", "maintenance that is on"),
        ({"announced_until": "2020-01-01T00:00:00Z"}, "announced_until", "has passed"),
        ({"dialects": ["midjourney"]}, "dialects.0", "openai"),
        ({"trash_days": 36_501}, "trash_days", "36500"),
        ({"name": ""}, "name", "1"),
        ({"speed": 1}, "speed", "not known"),
    ],
)
def test_what_cannot_be_has_a_sentence_and_nothing_changes(administrator, checkpoint, body, field, words):
    make_checkpoint("off", enabled=False)
    answer = administrator.api("PATCH", PATH, {"uploads_days": 9, **body})
    fields = error_of(answer, 422, "invalid_parameters")
    assert words in " ".join(fields.values())
    assert field in fields or field == "speed"
    assert not SiteSettings.objects.exclude(uploads_days=30).exists()
    assert (entries(), str(current_state()), str(get_mode())) == ([], "open", "closed")


def test_what_the_environment_fixes_is_named_and_stays(administrator, settings):
    settings.ENV = {**settings.ENV, "SDSITE_TRASH_DAYS": 3}
    settings.SIGNUP_MODE = "open"
    held = administrator.api("GET", PATH).json()
    assert (held["trash_days"], held["signup_mode"]) == (3, "open")
    fixed = {"trash_days": "SDSITE_TRASH_DAYS", "signup_mode": "SDSITE_SIGNUP"}
    assert fixed.items() <= held["fixed"].items()
    for name, value in (("trash_days", 9), ("signup_mode", "closed")):
        fields = error_of(administrator.api("PATCH", PATH, {name: value}), 422, "invalid_parameters")
        assert fixed[name] in fields[name]


def test_only_those_with_the_permission_and_of_the_queue_with_both(alice, bob):
    client_of_alice = ApiClient()
    client_of_alice.force_login(alice)
    client = knocking_as(bob, "admin", "read")
    error_of(client.api("GET", PATH), 403, "not_allowed")
    error_of(client.api("PATCH", PATH, {"name": "Mine"}), 403, "not_allowed")
    error_of(client_of_alice.api("PATCH", PATH, {"name": "Mine"}), 403, "not_allowed")
    bob.user_permissions.add(Permission.objects.get(codename="change_sitesettings"))
    allowed = knocking_as(type(bob).objects.get(pk=bob.pk), "admin", "read")
    error_of(allowed.api("PATCH", PATH, {"maintenance": True, "name": "Ours"}), 403, "not_allowed")
    assert allowed.api("PATCH", PATH, {"name": "Ours"}).json()["name"] == "Ours"
