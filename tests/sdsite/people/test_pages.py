"""Page of one's own data: the export, and the deletion with the password."""

import pytest

from sdsite.accounts.models import AccountDeletion
from tests.support.factories import PASSWORD, make_image
from tests.support.inline_parts import text_of

ADDRESS = "/settings/data/"
pytestmark = pytest.mark.usefixtures("own_media")


def test_the_page_says_how_much_there_is(as_alice, alice):
    make_image(alice)
    page = text_of(as_alice.get(ADDRESS))
    assert "Images: 1." in page
    assert f'href="{ADDRESS}export/?part=1"' in page
    assert "After 7 days" in page
    assert ADDRESS in as_alice.get("/settings/").content.decode()


def test_the_export_is_sent_as_a_zip_file_one_at_a_time(valkey, as_alice, alice):
    response = as_alice.get(f"{ADDRESS}export/?part=1")
    assert response["Content-Type"] == "application/zip"
    assert response["Cache-Control"] == "no-store"
    assert "sdsite alice " in response["Content-Disposition"]
    assert as_alice.get(f"{ADDRESS}export/?part=1")["Location"] == ADDRESS


@pytest.mark.parametrize("part", ["0", "2", "-1", "x", "", "9999999999"])
def test_parts_that_there_are_not_are_not_found(as_alice, part):
    assert as_alice.get(f"{ADDRESS}export/?part={part}").status_code == 404


def test_a_wrong_password_deletes_nothing(valkey, as_alice):
    page = text_of(as_alice.post(f"{ADDRESS}delete/", {"password": "wrong"}))
    assert "This is not your password." in page
    assert not AccountDeletion.objects.exists()
    assert as_alice.get("/settings/").status_code == 200


def test_passwords_cannot_be_tried_at_will(valkey, as_alice):
    for _ in range(5):
        as_alice.post(f"{ADDRESS}delete/", {"password": "wrong"})
    assert as_alice.post(f"{ADDRESS}delete/", {"password": PASSWORD}).status_code == 429
    assert not AccountDeletion.objects.exists()


def test_the_right_password_closes_the_account(valkey, as_alice, alice):
    page = text_of(as_alice.post(f"{ADDRESS}delete/", {"password": PASSWORD}))
    assert "Your account is closed" in page
    alice.refresh_from_db()
    assert not alice.is_active
    assert as_alice.get(ADDRESS).status_code == 302


def test_the_only_administrator_is_told_to_stay(valkey, as_root):
    assert "only administrator" in text_of(as_root.post(f"{ADDRESS}delete/", {"password": PASSWORD}))
    assert as_root.get(ADDRESS).status_code == 200


def test_strangers_are_asked_to_log_in(client, db):
    for address in (ADDRESS, f"{ADDRESS}export/"):
        assert client.get(address).status_code == 302
    assert client.post(f"{ADDRESS}delete/", {"password": PASSWORD}).status_code == 302
    assert client.get(f"{ADDRESS}delete/").status_code == 405
