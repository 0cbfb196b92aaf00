"""Page of a suspended person: reached by signing in or by mail, takes one appeal, and opens nothing else."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from gallery.actions.moderation.appeals import decide_appeal
from gallery.actions.moderation.suspensions import suspend_person
from gallery.models import Appeal
from sdsite.accounts.models import User
from sdsite.accounts.notices.sending.delivery import attempt, claim
from sdsite.accounts.roles.suspended_link import suspended_url
from sdsite.accounts.roles.suspension import end_suspension
from tests.support.clients.api_client import make_key
from tests.support.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=11)


@pytest.fixture
def suspension(root, alice):
    """Alice is suspended without an end, for spam."""
    return suspend_person(person=alice, until=None, reason="spam <b>", actor=root)


def sign_in():
    client = Client()
    response = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    return client, response["Location"]


def test_who_signs_in_reads_why_and_appeals_once(suspension, alice):
    client, url = sign_in()
    page = client.get(url)
    text = page.content.decode()
    assert page["Cache-Control"].count("no-store") == 1
    for words in ("Your account is suspended", "Suspended without an end.", "spam &lt;b&gt;", 'name="text"'):
        assert words in text
    assert client.post(url, {"text": "It was my cat."}).status_code == 302
    text = client.get(url).content.decode()
    assert "It was my cat." in text
    assert "It waits for a decision by another moderator." in text
    assert 'name="text"' not in text
    client.post(url, {"text": "Again."})
    assert Appeal.objects.get().text == "It was my cat."


def test_nothing_else_opens_by_it(alice, root):
    _row, key = make_key(alice, "read", "write")
    suspend_person(person=alice, until=None, reason="spam", actor=root)
    client, url = sign_in()
    client.post(url, {"text": "No."})
    assert "_auth_user_id" not in client.session
    assert [client.get(path).status_code for path in ("/settings/", "/library/", "/decisions/")] == [302, 302, 302]
    bearer = {"Authorization": f"Bearer {key}"}
    for path in ("/api/v1/me", "/api/v1/decisions", "/v1/models"):
        assert client.get(path, headers=bearer).status_code == 401
    assert client.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001])
def test_a_text_that_is_none_is_shown_again(suspension, text):
    client, url = sign_in()
    page = client.post(url, {"text": text})
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    assert not Appeal.objects.exists()


def test_the_link_ends_with_the_suspension_or_another_one(suspension, alice, root):
    url = suspended_url(suspension)
    assert Client().get(url).status_code == 200
    assert Client().get(url.replace("/suspended/", "/suspended/x")).status_code == 404
    assert Client().get(f"/suspended/{'x' * 400}/").status_code == 404
    second = suspend_person(person=alice, until=timezone.now() + timedelta(days=2), reason="", actor=root)
    assert Client().get(url).status_code == 404
    end_suspension(user=alice, actor=root)
    assert Client().get(suspended_url(second)).status_code == 404
    assert Client().post(suspended_url(second), {"text": "No."}).status_code == 404


def test_the_mail_has_the_link_and_one_after_the_appeal_the_answer(settings, alice, root):
    settings.MAIL_IS_SENT = True
    User.objects.filter(pk=alice.pk).update(email="alice@example.org")
    alice.refresh_from_db()
    suspend_person(person=alice, until=None, reason="spam", actor=root)
    attempt(claim(now=timezone.now() + LATER))
    [told] = mail.outbox
    assert told.to == ["alice@example.org"]
    assert "spam" in told.body
    url = re.search(r"https?://[^/]+(/suspended/\S+)", told.body)[1]
    Client().post(url, {"text": "No."})
    other = make_user("other", is_superuser=True, is_staff=True)
    decide_appeal(pk=Appeal.objects.get().pk, actor=other, accept=False, answer="It was no cat.")
    attempt(claim(now=timezone.now() + LATER))
    assert "It was no cat." in mail.outbox[1].body
    text = Client().get(url).content.decode()
    assert "It was declined: the suspension stays." in text
    assert "It was no cat." in text


def test_who_wants_no_mails_about_decisions_gets_none(settings, alice, root):
    settings.MAIL_IS_SENT = True
    User.objects.filter(pk=alice.pk).update(
        email="alice@example.org", preferences={"notices": {"moderation": ["site"]}}
    )
    alice.refresh_from_db()
    suspend_person(person=alice, until=None, reason="spam", actor=root)
    assert claim(now=timezone.now() + LATER) is None
