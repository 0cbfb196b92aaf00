"""Pages while a step is due."""

import pytest

from sdsite.accounts.required_steps.terms import accept_terms
from tests.support.clients.logged_in import client_of

NOWHERE = "/images/00000000-0000-4000-8000-000000000000/"


@pytest.mark.parametrize("path", ["/", "/library/", "/settings/", "/settings/keys/", "/admin/", NOWHERE])
def test_every_page_leads_to_that_of_the_terms(as_alice, publish, path):
    publish()
    answer = as_alice.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/terms/accept/")


@pytest.mark.parametrize("path", ["/terms/", "/terms/accept/", "/settings/data/", "/accounts/logout/", "/healthz"])
def test_the_terms_and_ways_out_stay_open(as_alice, publish, path):
    publish()
    assert as_alice.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/settings/data/", "/settings/data/export/", "/accounts/password/change/", "/"])
def test_without_the_second_factor_data_stay_closed(alice, as_alice, careful, path):
    alice.groups.add(careful)
    answer = as_alice.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/settings/second-factor/")


def test_forms_and_files_get_a_sentence(as_alice, publish):
    publish()
    for answer in (
        as_alice.post("/settings/keys/", {"name": "x"}),
        as_alice.get(f"{NOWHERE}file", headers={"Accept": "image/webp,*/*"}),
    ):
        assert answer.status_code == 403
        assert "terms of use" in answer.content.decode()


def test_who_has_nothing_to_do_notices_nothing(alice, as_alice, publish, client):
    accept_terms(publish().number, user=alice)
    assert as_alice.get("/settings/").status_code == 200
    assert client.get("/explore/").status_code == client_of(alice).get("/explore/").status_code


def test_strangers_see_what_they_saw(client, publish):
    publish()
    assert client.get("/accounts/login/").status_code == 200
