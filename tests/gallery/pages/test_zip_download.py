"""The download of a zip file by a form or a link."""

import uuid

import pytest
from django.contrib.messages import get_messages

from tests.support.factories import make_image


@pytest.fixture(autouse=True)
def running(valkey):
    """One at a time is counted in Redis."""


@pytest.mark.parametrize("by", ["link", "form"])
def test_a_link_and_a_form_send_a_file_with_a_name(as_alice, alice, by):
    ids = f"{make_image(alice).pk},{uuid.uuid4()}"
    if by == "link":
        response = as_alice.get("/images/zip/?q=heart&tag=")
    else:
        response = as_alice.post("/images/zip/", {"ids": ids, "metadata": "none"})
    assert response["Content-Type"] == "application/zip"
    assert "1 image.zip" in response["Content-Disposition"]
    assert response["Content-Encoding"] == "identity"
    assert as_alice.get("/images/zip/?q=heart")["Location"] == "/library/", "one at a time"


WRONG = {
    "seed=x": "valid integer",
    "colour=red": "colour is no condition of a search",
    "ids=x": "not valid",
    "ids=00000000-0000-4000-8000-000000000000": "no such images",
    "q=nothing": "no such images",
    "ids=" + ",".join(["x"] * 1001): "at most 1000",
}


@pytest.mark.parametrize("query", WRONG)
def test_what_is_wrong_is_said_on_the_library_page(as_alice, alice, query):
    make_image(alice)
    response = as_alice.get(f"/images/zip/?{query}")
    assert response["Location"] == "/library/"
    assert WRONG[query] in " ".join(str(one) for one in get_messages(response.wsgi_request))


def test_a_stranger_gets_nothing(as_charlie, alice):
    image = make_image(alice)
    assert as_charlie.get(f"/images/zip/?ids={image.pk}")["Location"] == "/library/"


def test_it_requires_signing_in(client):
    assert client.get("/images/zip/").status_code == 302
