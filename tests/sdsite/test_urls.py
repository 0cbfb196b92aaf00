"""Every page: nothing inline, sign-in, error pages."""

import uuid

import pytest
from django.test import Client

from sdsite.accounts.api_keys import create_key
from tests.support.factories import PASSWORD, make_image
from tests.support.inline_parts import inline_parts

FOR_EVERYBODY = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/password/reset/done/"]


FOR_PEOPLE = [
    "/",
    "/library/",
    "/settings/",
    "/settings/keys/",
    "/settings/webhooks/",
    "/accounts/password/change/",
    "/accounts/email/",
    "/accounts/logout/",
    "/accounts/2fa/",
    "/accounts/reauthenticate/",
]


@pytest.mark.parametrize("address", FOR_EVERYBODY)
def test_public_pages_have_nothing_inline(client, db, address):
    response = client.get(address)
    assert response.status_code == 200
    assert inline_parts(response) == []


@pytest.mark.parametrize("address", FOR_PEOPLE)
def test_pages_for_people_have_nothing_inline(as_alice, alice, checkpoint, address):
    make_image(alice)
    create_key(owner=alice, name="Laptop", scopes=["read"])
    response = as_alice.get(address, follow=True)
    assert response.status_code == 200
    assert inline_parts(response) == []


def test_pages_of_one_thing_have_nothing_inline(as_alice, alice):
    image = make_image(alice)
    key, _ = create_key(owner=alice, name="Laptop", scopes=["read"])
    addresses = [f"/images/{image.pk}/", f"/images/{image.pk}/delete/"]
    for address in [*addresses, f"/settings/keys/{key.pk}/revoke/"]:
        response = as_alice.get(address)
        assert response.status_code == 200, address
        assert inline_parts(response) == [], address


def test_setting_up_two_factor_sign_in_has_nothing_inline(as_alice):
    address = "/accounts/2fa/totp/activate/"
    response = as_alice.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": address}, follow=True)
    assert response.status_code == 200
    assert "data:image/svg+xml" in response.content.decode()
    assert inline_parts(response) == []


def test_the_check_for_inline_parts_sees_them():
    class Page:
        content = b'<p style="x"></p><script>1</script><script src="a.js"></script><b onclick="x"></b><style></style>'

    assert inline_parts(Page) == ["<p style>", "<script> without src", "<b onclick>", "<style style>"]


def test_one_signs_in_by_name_or_address_and_lands_where_one_wanted(db, alice):
    for login in ("alice", "alice@example.org"):
        client = Client()
        form = {"login": login, "password": PASSWORD, "next": "/library/"}
        assert client.post("/accounts/login/", form).url == "/library/"
        assert client.get("/library/").status_code == 200


def test_a_wrong_password_is_said_so(client, alice):
    response = client.post("/accounts/login/", {"login": "alice", "password": "wrong"})
    assert response.status_code == 200
    assert "notice--error" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_signing_out_needs_a_form(as_alice, checkpoint):
    assert as_alice.get("/accounts/logout/").status_code == 200
    assert as_alice.get("/").status_code == 200
    as_alice.post("/accounts/logout/")
    assert as_alice.get("/").status_code == 302


def test_a_password_is_changed(as_alice, alice):
    new = "another correct horse"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert as_alice.post("/accounts/password/change/", form).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(new)


def test_unknown_urls_have_a_page(as_alice):
    response = as_alice.get(f"/images/{uuid.uuid4()}/")
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()
    assert inline_parts(response) == []


def test_a_broken_site_has_a_page(alice, monkeypatch):
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    monkeypatch.setattr("gallery.pages.library.collections_of", lambda owner: 1 / 0)
    response = client.get("/library/")
    assert response.status_code == 500
    assert "Server error" in response.content.decode()
    assert inline_parts(response) == []


@pytest.mark.parametrize("name", ["400.html", "403.html", "404.html", "500.html", "403_csrf.html"])
def test_error_pages_stand_without_request_or_database(name):
    from django.template.loader import render_to_string

    assert "Go to the studio" in render_to_string(name)


def test_only_staff_is_led_to_the_administration(as_alice, client, bob, checkpoint):
    assert 'href="/admin/"' not in as_alice.get("/settings/").content.decode()
    client.force_login(bob)
    assert 'href="/admin/"' in client.get("/settings/").content.decode()
