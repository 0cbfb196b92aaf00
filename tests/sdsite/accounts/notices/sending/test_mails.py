"""Mails of notices: what they say, and the token that ends them."""

import email
import email.policy
import re

import pytest
from django.conf import settings as django_settings

from sdsite.accounts.notices import notify
from sdsite.accounts.notices.sending import mails

pytestmark = pytest.mark.django_db


def read(mail):
    message = email.message_from_bytes(mail.replace("\r\n", "\n").encode(), policy=email.policy.default)
    return message, message.get_content()


def test_a_mail_has_a_sentence_a_link_and_the_way_out(alice, mail_server, send_all, monkeypatch):
    monkeypatch.setitem(django_settings.ENV, "SDSITE_ALLOWED_HOSTS", ["localhost", "*", "images.example.org:8443"])
    monkeypatch.setitem(django_settings.ENV, "SDSITE_HTTPS", True)
    notice = notify(alice, "new_sign_in", device="Firefox\non Linux")
    send_all()
    message, body = read(mail_server.mails[0])
    assert message["To"] == "alice@example.org"
    assert message["Subject"].startswith("[sdsite] Your account was used from a new device: Firefox on Linux")
    assert message.get_content_type() == "text/plain"
    assert f"https://images.example.org:8443/notices/{notice.pk}/" in body
    end = re.search(r"https://images\.example\.org:8443/notices/unsubscribe/[^/\s]+/", body)[0]
    assert message["List-Unsubscribe"].replace("\n", "").replace(" ", "") == f"<{end}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_it_is_in_the_persons_language(alice, mail_server, send_all):
    type(alice).objects.filter(pk=alice.pk).update(language="de")
    notify(alice, "new_sign_in", device="Firefox")
    send_all()
    assert "neuen Gerät benutzt" in read(mail_server.mails[0])[1]


def test_without_a_named_host_links_lead_to_this_machine(monkeypatch):
    monkeypatch.setitem(django_settings.ENV, "SDSITE_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
    assert mails.site_address() == "http://localhost"


def test_the_address_of_the_site_can_be_named(monkeypatch, settings):
    monkeypatch.setitem(django_settings.ENV, "SDSITE_PUBLIC_URL", "https://images.example.org")
    assert mails.link_to("/notices/1/") == "https://images.example.org/notices/1/"
    settings.ROOT_PATH = "/sd"
    assert mails.link_to("/notices/1/") == "https://images.example.org/sd/notices/1/"
    assert mails.link_to("/sd/notices/1/") == "https://images.example.org/sd/notices/1/"


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "x" * 5000])
def test_other_tokens_say_nothing(alice, token):
    assert mails.read_token(token) is None


def test_a_token_without_its_person_says_nothing(alice):
    token = mails.make_token(alice, ["likes", "weather"])
    assert mails.read_token(token) == (alice, ["likes"])
    assert mails.read_token(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    alice.delete()
    assert mails.read_token(token) is None
