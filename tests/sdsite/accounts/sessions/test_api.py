"""Own sessions by the API."""

from sdsite.accounts.models import UserSession
from tests.sdsite.accounts.sessions.conftest import SAFARI, is_in
from tests.support.clients.api_client import error_of, knocking_as

ADDRESS = "/api/v1/sessions"


def delete(device, path, **options):
    token = device.cookies["csrftoken"].value if "csrftoken" in device.cookies else ""
    return device.delete(path, headers={"X-CSRFToken": token}, **options)


def test_they_are_listed_with_the_one_that_asks_marked(alice, charlie, sign_in):
    here, _, _ = sign_in(alice), sign_in(alice, SAFARI), sign_in(charlie)
    items = here.get(ADDRESS).json()["items"]
    assert {(one["browser"], one["system"], one["is_this"]) for one in items} == {
        ("Firefox", "Windows", True),
        ("Safari", "iPhone", False),
    }


def test_one_is_ended_and_that_of_a_stranger_is_not_found(alice, charlie, sign_in):
    other, of_charlie = sign_in(alice), sign_in(charlie)
    alice.is_staff = True
    alice.save()
    client = knocking_as(alice, "admin")
    rows = {row.user: row for row in UserSession.objects.all()}
    error_of(client.api("DELETE", f"/sessions/{rows[charlie].pk}"), 404, "not_found")
    assert client.api("DELETE", f"/sessions/{rows[alice].pk}").status_code == 204
    assert not is_in(other)
    assert is_in(of_charlie)


def test_a_plain_key_sees_none(owner_client):
    error_of(owner_client.api("GET", "/sessions"), 403, "forbidden_scope")


def test_all_others_are_ended(alice, sign_in):
    here, other = sign_in(alice), sign_in(alice)
    assert delete(here, ADDRESS).json() == {"ended": 1}
    assert is_in(here)
    assert not is_in(other)


def test_this_one_too_where_it_is_asked_for(alice, sign_in):
    here = sign_in(alice)
    assert delete(here, f"{ADDRESS}?keep_this=false").json() == {"ended": 1}
    assert not is_in(here)


def test_the_own_one_by_its_id_logs_out(alice, sign_in):
    here = sign_in(alice)
    assert delete(here, f"{ADDRESS}/{UserSession.objects.get().pk}").status_code == 204
    assert not is_in(here)
