"""The settings pages for webhooks: created, changed, tested, sent again, each user's own."""

import re

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.test import Client

from generation.models import Webhook, WebhookDelivery
from generation.webhooks import actions, catalog
from sdsite.accounts.models import Role
from tests.generation.conftest import send_all
from tests.support.clients.logged_in import client_of
from tests.support.inline_parts import inline_parts

pytestmark = pytest.mark.django_db


ADDRESS = "/settings/webhooks/"


NEW = {"name": "Bot", "url": "https://example.org/hook", "events": ["job.failed", "image.stored"]}


def secret_in(response):
    found = re.search(r'id="secret" value="(whsec_[^"]+)"', response.content.decode())
    return found and found.group(1)


def test_one_is_made_and_its_secret_shown_once(as_alice):
    assert f'href="{ADDRESS}"' in as_alice.get("/settings/").content.decode()
    response = as_alice.post(ADDRESS, NEW)
    hook = Webhook.objects.get()
    assert secret_in(response) == hook.secret
    assert (hook.name, hook.url, hook.events) == ("Bot", NEW["url"], NEW["events"])
    assert "no-store" in response["Cache-Control"]
    for page in (as_alice.get(ADDRESS), as_alice.get(f"{ADDRESS}{hook.pk}/")):
        assert "Bot" in page.content.decode()
        assert hook.secret not in page.content.decode()
    assert all(hook.secret not in str(session.get_decoded()) for session in Session.objects.all())


def test_the_eleventh_is_refused_with_a_sentence(as_alice, monkeypatch):
    monkeypatch.setattr(actions, "MOST_WEBHOOKS", 0)
    assert "You have 0 webhooks; delete one." in as_alice.post(ADDRESS, NEW).content.decode()


def test_it_is_changed_and_enabled_again(as_alice, hook):
    address = f"{ADDRESS}{hook.pk}/"
    Webhook.objects.update(enabled=False, failures=25, switched_off_at=hook.created_at)
    assert "disabled this webhook: 25 attempts in a row failed. Enable" in as_alice.get(address).content.decode()
    as_alice.post(address, {**NEW, "name": "Other", "enabled": "on"})
    hook.refresh_from_db()
    assert (hook.name, hook.enabled, hook.failures, hook.switched_off_at) == ("Other", True, 0, None)
    assert "10.0.0.1" in as_alice.post(address, {**NEW, "url": "http://10.0.0.1/"}).content.decode()
    as_alice.post(address, NEW)
    hook.refresh_from_db()
    assert not hook.enabled


def test_a_new_secret_is_shown_once(as_alice, hook):
    response = as_alice.post(f"{ADDRESS}{hook.pk}/secret/")
    fresh = secret_in(response)
    assert fresh != hook.secret
    hook.refresh_from_db()
    assert hook.secret == fresh
    assert fresh not in as_alice.get(f"{ADDRESS}{hook.pk}/").content.decode()


def test_the_log_says_how_it_went_and_sends_again(as_alice, hook, receiver):
    address = f"{ADDRESS}{hook.pk}/"
    receiver.answers = [(500, {})]
    assert "A test was queued" in as_alice.post(f"{address}test/", follow=True).content.decode()
    send_all()
    page = as_alice.get(address).content.decode()
    for words in (catalog.TEST_EVENT, "Waiting", "1 attempt", "answered 500", "2xx"):
        assert words in page
    delivery = WebhookDelivery.objects.get()
    again = as_alice.post(f"{address}deliveries/{delivery.pk}/redeliver/", follow=True)
    assert "The delivery was queued again" in again.content.decode()
    send_all()
    assert "answered 204" in as_alice.get(address).content.decode()


def test_a_long_log_has_pages(as_alice, hook):
    WebhookDelivery.objects.bulk_create(WebhookDelivery(webhook=hook, event=f"number.{at}") for at in range(25))
    page = as_alice.get(f"{ADDRESS}{hook.pk}/").content.decode()
    (older,) = re.findall(r'href="(\?cursor=[^"]+)"', page)
    rest = as_alice.get(f"{ADDRESS}{hook.pk}/{older}").content.decode()
    assert [text.count("data-delivery=") for text in (page, rest)] == [20, 5]
    assert as_alice.get(f"{ADDRESS}{hook.pk}/?cursor=nonsense").status_code == 200


def test_what_is_off_sends_no_test(as_alice, hook):
    Webhook.objects.update(enabled=False)
    said = as_alice.post(f"{ADDRESS}{hook.pk}/test/", follow=True).content.decode()
    assert "switch it on first" in said
    assert not WebhookDelivery.objects.exists()


def test_deleting_asks_first(as_alice, hook):
    assert "Delete “Bot”?" in as_alice.get(f"{ADDRESS}{hook.pk}/delete/").content.decode()
    assert Webhook.objects.exists()
    as_alice.post(f"{ADDRESS}{hook.pk}/delete/")
    assert not Webhook.objects.exists()


def test_a_stranger_finds_nothing(charlie, hook):
    client = client_of(charlie)
    delivery = WebhookDelivery.objects.create(webhook=hook, event="job.failed")
    Webhook.objects.update(name="A secret bot")
    assert "secret bot" not in client.get(ADDRESS).content.decode()
    own = f"{ADDRESS}{hook.pk}/"
    assert client.get(own).status_code == 404
    for path in ("", "secret/", "test/", "delete/", f"deliveries/{delivery.pk}/redeliver/"):
        assert client.post(f"{own}{path}", NEW).status_code == 404
    assert list(Webhook.objects.values_list("name", "secret")) == [("A secret bot", hook.secret)]


def test_the_pages_have_nothing_inline(as_alice, hook):
    WebhookDelivery.objects.create(webhook=hook, event="job.failed", error="Nobody was there.")
    pages = [ADDRESS, f"{ADDRESS}{hook.pk}/", f"{ADDRESS}{hook.pk}/delete/"]
    assert [inline_parts(as_alice.get(page)) for page in pages] == [[], [], []]
    assert [as_alice.get(page).status_code for page in pages] == [200, 200, 200]
    assert Client().get(ADDRESS).status_code == 302


def test_who_may_not_use_webhooks_reads_why_and_may_delete(as_alice, alice, hook):
    alice.groups.add(Role.objects.create(group=Group.objects.create(name="readers")).group)
    listed, own = (as_alice.get(path).content.decode() for path in (ADDRESS, f"{ADDRESS}{hook.pk}/"))
    assert "Your role does not let you use webhooks." in listed
    assert "Your role does not let you use webhooks: this one cannot be changed." in own
    assert 'name="url"' not in listed + own
    assert f"{ADDRESS}{hook.pk}/delete/" in own
    assert as_alice.post(ADDRESS, NEW).status_code == 403
