"""The page of site settings: one save, what it refuses, who may open it."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from generation.models import RoleLimits
from generation.queue.state import current_state
from sdsite.accounts import site_settings
from sdsite.accounts.joining.mode import get_mode
from sdsite.accounts.models import AuditEvent, SiteLogo
from sdsite.configuration.changes import change
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_checkpoint
from tests.support.images import encoded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_alone")]

PAGE = reverse("admin:accounts_sitesettings_change", args=[1])


def fields_of(client):
    """Return what a browser would send of the page as it was opened."""
    client.get(reverse("admin:accounts_sitesettings_changelist"))
    form = client.get(PAGE).context["adminform"].form
    sent = {}
    for name, field in form.fields.items():
        if field.disabled:
            continue
        for widget, prefix in ((field.widget, ""), (field.hidden_widget(), "initial-")):
            if prefix and not field.show_hidden_initial:
                continue
            put(sent, f"{prefix}{name}", form[name].value(), widget)
    return sent


def put(sent, name, value, widget):
    """Put the value of one widget into what is sent, in the parts that the widget has."""
    if hasattr(widget, "decompress"):
        for number, part in enumerate(widget.decompress(value)):
            sent[f"{name}_{number}"] = "" if part is None else str(part)
    elif isinstance(value, bool):
        if value:
            sent[name] = "on"
    elif value is not None:
        sent[name] = value


def save(client, sent, **typed):
    return client.post(PAGE, {**sent, **typed}, follow=True)


def errors_in(answer):
    return answer.context["errors"]


def test_one_save_changes_all_that_was_typed_with_one_entry(as_root, root, checkpoint):
    make_checkpoint("ink")
    sent = fields_of(as_root)
    typed = {"name": "Atelier", "signup_mode": "request", "default_checkpoint": "ink", "safety": "refuse"}
    typed |= {"jobs_days": "90", "announcement": "Hello.", "maintenance": "on", "maintenance_message": "Disks."}
    answer = save(as_root, sent, **typed)
    assert "was changed successfully" in answer.content.decode()
    now = site_settings.current()
    assert (now.name, now.jobs_days, now.announcement.text) == ("Atelier", 90, "Hello.")
    assert (str(get_mode()), RoleLimits.objects.get(group=None).safety) == ("request", "refuse")
    assert (current_state().maintenance, current_state().message) == (True, "Disks.")
    (entry,) = AuditEvent.objects.exclude(action__startswith="session")
    assert (entry.actor, entry.action, set(entry.after)) == (root, "settings.changed", set(typed))


def test_saving_what_was_shown_changes_nothing(as_root, checkpoint):
    save(as_root, fields_of(as_root))
    assert not AuditEvent.objects.filter(action="settings.changed").exists()


def test_two_people_who_save_one_after_the_other_change_what_each_touched(as_root, root, checkpoint):
    seen = fields_of(as_root)
    change(actor=root, changes={"trash_days": 14, "announcement": "From the other tab."})
    save(as_root, seen, name="Atelier")
    now = site_settings.current()
    assert (now.name, now.trash_days, now.announcement.text) == ("Atelier", 14, "From the other tab.")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"signup_mode": "verified"}, "EMAIL_URL names a mail server"),
        ({"jobs_days": "10"}, "at least as long as webhook deliveries"),
        ({"trash_days": "99999"}, "Days must be 0 to 36500."),
        ({"maintenance_until_0": "2090-01-01", "maintenance_until_1": "12:00"}, "Only maintenance that is on"),
        ({"default_checkpoint": "nowhere"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_has_a_sentence_and_keeps_what_was_typed(as_root, checkpoint, typed, words):
    answer = save(as_root, fields_of(as_root), name="Typed in vain", **typed)
    assert words in str(answer.context["adminform"].form.errors)
    assert 'value="Typed in vain"' in answer.content.decode()
    assert site_settings.current().name == "sdsite"


def test_what_the_environment_fixes_is_shown_with_the_name_of_the_variable(as_root, settings, checkpoint):
    settings.ENV = {**settings.ENV, "SDSITE_TRASH_DAYS": 9}
    settings.SIGNUP_MODE = "open"
    sent = fields_of(as_root)
    page = as_root.get(PAGE).content.decode()
    assert "Fixed by SDSITE_TRASH_DAYS" in page
    assert "Fixed by SDSITE_SIGNUP" in page
    save(as_root, sent, trash_days="1", signup_mode="closed", name="Atelier")
    assert (site_settings.current().trash_days, site_settings.current().name) == (9, "Atelier")


def test_a_logo_is_kept_shown_and_removed(as_root, client, checkpoint):
    picture = SimpleUploadedFile("logo.png", encoded(), "image/png")
    save(as_root, fields_of(as_root), logo_file=picture)
    digest = SiteLogo.objects.get().digest
    (address,) = re.findall(r'src="(/logo/[^"]+)"', as_root.get(PAGE).content.decode())
    assert (digest in address, client.get(address).status_code) == (True, 200)
    save(as_root, fields_of(as_root), remove_logo="on")
    assert site_settings.current().logo == ""
    answer = save(as_root, fields_of(as_root), logo_file=SimpleUploadedFile("logo.svg", b"<svg/>", "image/svg+xml"))
    assert "must be PNG" in str(answer.context["adminform"].form.errors)


def test_who_may_open_it_and_who_may_switch_maintenance(as_moderator, bob, as_alice, checkpoint):
    assert [client.get(PAGE).status_code for client in (as_moderator, as_alice)] == [403, 302]
    bob.user_permissions.add(Permission.objects.get(codename="change_sitesettings"))
    allowed = client_of(type(bob).objects.get(pk=bob.pk))
    sent = fields_of(allowed)
    assert "name" in sent
    save(allowed, sent, maintenance="on", name="Atelier")
    assert (site_settings.current().name, current_state().maintenance) == ("Atelier", False)
