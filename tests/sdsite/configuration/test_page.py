"""What all pages say of the site: its name, its logo, banners, and what the reader dismissed of them."""

import re

import pytest
from django.core import mail
from django.db import OperationalError
from django.urls import reverse

from sdsite.accounts import site_settings
from sdsite.configuration import page
from sdsite.configuration.changes import change
from sdsite.configuration.logo import store_logo
from tests.support.clients.api_client import ApiClient
from tests.support.images import encoded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_alone")]


def banner(client, name, url="/accounts/login/"):
    """Return the attributes and the words of a banner on a page; None while it is hidden."""
    text = client.get(url).content.decode()
    pattern = rf'<div class="banner([^>]*data-banner="{name}"[^>]*)>(.*?)</div>'
    attributes, words = re.search(pattern, text, re.S).groups()
    return None if "hidden" in attributes else (attributes, re.sub(r"<[^>]+>|\s+", " ", words))


def test_a_new_site_has_its_own_name_and_no_banner(as_alice):
    assert (banner(as_alice, "announcement", "/library/"), banner(as_alice, "maintenance", "/library/")) == (None, None)
    assert "· sdsite</title>" in as_alice.get("/library/").content.decode()


def test_name_and_logo_are_on_pages_in_the_app_and_in_mails(as_alice, alice, client, root, settings):
    digest = store_logo(encoded())
    change(actor=root, changes={"name": "Atelier <Nord>", "logo": digest})
    text = as_alice.get("/library/").content.decode()
    assert "· Atelier &lt;Nord&gt;</title>" in text
    assert f'<img src="/logo/{digest}/192.png"' in text
    app = as_alice.get(reverse("manifest")).json()
    assert (app["name"], app["short_name"]) == ("Atelier <Nord>", "Atelier <Nord>")
    assert {client.get(icon["src"]).status_code for icon in app["icons"]} == {200}
    settings.MAIL_IS_SENT = True
    alice.email = "alice@example.org"
    alice.save()
    client.post(reverse("account_reset_password"), {"email": alice.email})
    (sent,) = mail.outbox
    assert sent.subject.startswith("[Atelier <Nord>] ")
    assert "Atelier <Nord>" in sent.body


def test_everybody_reads_an_announcement_until_each_dismisses_it(as_alice, alice, as_charlie, client, root):
    change(actor=root, changes={"announcement": "Disks <arrive>.", "severity": "critical"})
    for reader, url in ((as_alice, "/library/"), (as_charlie, "/library/"), (client, "/accounts/login/")):
        attributes, words = banner(reader, "announcement", url)
        assert "banner--critical" in attributes
        assert "Disks &lt;arrive&gt;." in words
    told = site_settings.current().announcement.id
    session = ApiClient()
    session.force_login(alice)
    assert session.api("PATCH", "/me/preferences", {"announcement_read": told}).status_code == 200
    client.cookies[page.COOKIE] = told
    assert (banner(as_alice, "announcement", "/library/"), banner(client, "announcement")) == (None, None)
    assert banner(as_charlie, "announcement", "/library/")
    change(actor=root, changes={"announcement": "They are here."})
    assert banner(as_alice, "announcement", "/library/")
    assert banner(client, "announcement")


def test_maintenance_cannot_be_dismissed_and_has_its_sentence(as_alice, root):
    change(actor=root, changes={"maintenance": True, "maintenance_message": "New disks until noon."})
    assert "New disks until noon." in banner(as_alice, "maintenance", "/library/")[1]
    change(actor=root, changes={"maintenance": False})
    assert banner(as_alice, "maintenance", "/library/") is None


def test_the_last_name_is_kept_while_the_database_is_away(rf, root, monkeypatch):
    change(actor=root, changes={"name": "Atelier"})
    assert page.site(rf.get("/"))["this_site"].name == "Atelier"

    def away():
        raise OperationalError

    monkeypatch.setattr(page, "serialize_site", away)
    assert page.site(rf.get("/"))["this_site"].name == "Atelier"
