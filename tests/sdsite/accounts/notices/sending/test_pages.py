"""The page that ends mails, without a login."""

import pytest
from django.test import Client

from sdsite.accounts.notices.choices import choose, ways_of
from sdsite.accounts.notices.sending.mails import make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(alice, settings):
    settings.MAIL_IS_SENT = True
    choose(user=alice, choices={"likes": ["site", "email"], "jobs": ["email"]})
    return f"/notices/unsubscribe/{make_token(alice, ['likes'])}/"


def ways(alice, topic):
    alice.refresh_from_db()
    return ways_of(alice, topic)


def test_opening_it_changes_nothing_and_a_post_ends_the_mails(alice, address):
    browser = Client(enforce_csrf_checks=True)
    assert "Likes of your images" in browser.get(address).content.decode()
    assert ways(alice, "likes") == {"site", "email"}
    for _ in range(2):  # mail programs post without a page's token, perhaps twice
        done = browser.post(address, {"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
    assert "no more mails" in done.content.decode()
    assert ways(alice, "likes") == {"site"}
    assert ways(alice, "jobs") == {"email"}


def test_it_shows_nothing_of_the_person(alice, address, client):
    alice.username = "somebody with a name"
    alice.save()
    assert "with a name" not in client.get(address).content.decode()


def test_a_forged_address_is_not_found(alice, client, address):
    for forged in ("/notices/unsubscribe/x/", address.replace(":", ";")):
        assert client.post(forged).status_code == 404
    assert ways(alice, "likes") == {"site", "email"}


def test_a_topic_that_the_person_has_no_more_is_no_error(alice, client, settings):
    assert client.post(f"/notices/unsubscribe/{make_token(alice, ['requests'])}/").status_code == 200
