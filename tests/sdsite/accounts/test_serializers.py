"""The list of API keys has only own keys, without secrets."""

import pytest

from tests.support.clients.api_client import ApiClient, make_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(alice):
    client = ApiClient()
    client.force_login(alice)
    return client


def test_the_list_has_own_keys_without_secrets(session, alice, charlie):
    mine, whole = make_key(alice)
    make_key(charlie)
    answer = session.api("GET", "/keys")
    assert [key["id"] for key in answer.json()["items"]] == [mine.pk]
    assert whole.split("_", 2)[2] not in answer.content.decode()
    assert mine.digest not in answer.content.decode()
