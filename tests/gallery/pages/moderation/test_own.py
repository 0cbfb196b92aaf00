"""Decisions about oneself: each with its reason, and an appeal by a plain form."""

import re

import pytest

from gallery.actions.moderation import decide
from gallery.actions.moderation.undoing import undo
from gallery.models import Appeal, Image
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def decision(alice, moderator):
    make_image(alice)
    [row] = decide(
        deed="hold", images=Image.objects.all(), actor=moderator, reason="rights", text="Looks like a logo."
    ).made.values()
    return row


def texts(response):
    """Return the words of a page's main part, without tags."""
    main = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def test_it_says_what_was_decided_and_why_and_not_who(as_alice, decision):
    page = as_alice.get("/decisions/")
    said = texts(page)
    for words in ("Put under review", "Copyright or trademark", "Looks like a logo.", "by a moderator", "Appeal"):
        assert words in said
    assert "bob" not in said.split()
    assert f"/images/{decision.image_id}/" in page.content.decode()


def test_one_appeals_once(as_alice, decision):
    url = f"/decisions/{decision.pk}/appeal/"
    wrong = as_alice.post(url, {"text": "  "})
    assert wrong.status_code == 422
    assert "Say why the decision should be changed." in texts(wrong)
    page = as_alice.post(url, {"text": "I drew it."}, follow=True)
    assert page.redirect_chain == [(f"/decisions/#decision-{decision.pk}", 302)]
    assert "waits for a decision" in texts(page)
    again = as_alice.post(url, {"text": "Really."}, follow=True)
    assert "You have appealed against this decision already." in again.content.decode()
    assert Appeal.objects.get().text == "I drew it."


def test_strangers_and_visitors_see_and_appeal_nothing(as_charlie, client, decision):
    assert "There are none." in texts(as_charlie.get("/decisions/"))
    assert as_charlie.post(f"/decisions/{decision.pk}/appeal/", {"text": "No."}).status_code == 404
    assert client.get("/decisions/").status_code == 302
    assert client.post(f"/decisions/{decision.pk}/appeal/", {"text": "No."}).status_code == 302
    assert not Appeal.objects.exists()


def test_nothing_is_offered_where_there_is_nothing_to_appeal_against(as_alice, decision, moderator):
    undo(decision=decision, actor=moderator)
    page = as_alice.get("/decisions/")
    assert "undone" in texts(page)
    assert "<textarea" not in page.content.decode()
    [gone] = decide(deed="delete", images=Image.objects.all(), actor=moderator).made.values()
    Image.objects.all().delete()
    page = as_alice.get("/decisions/")
    assert "an appeal cannot bring it back" in texts(page)
    assert "the image is gone" in texts(page)
    assert gone.pk > decision.pk


def test_pages_follow_each_other(as_alice, alice, moderator, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("gallery.pages.moderation.own.DECISIONS_A_PAGE", 1)
    make_image(alice)
    for deed in ("hold", "approve"):
        decide(deed=deed, images=Image.objects.all(), actor=moderator)
    first = as_alice.get("/decisions/").context
    rest = as_alice.get(f"/decisions/?cursor={first['next']}").context
    assert [str(one["rows"][0]["deed"]) for one in (first, rest)] == ["Approved", "Put under review"]
    assert as_alice.get("/decisions/?cursor=x").status_code == 404
