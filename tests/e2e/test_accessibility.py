"""Pages that belong to no other test, as axe-core and a narrow window see them, in both schemes."""

import pytest

from tests.e2e.test_studio import _database_beside_playwright, browser  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True)]
ALL = (
    "/settings/",
    "/settings/keys/",
    "/settings/usage/",
    "/accounts/email/",
    "/accounts/logout/",
    "/offline/",
)
ADMIN = ("/admin/", "/admin/generation/job/", "/admin/accounts/user/", "/admin/generation/wildcard/")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_pages_have_no_faults(browser, live_site, width, scheme):  # noqa: F811
    session = client_of(make_user("alice", is_staff=True, is_superuser=True)).cookies["sessionid"].value
    context = browser.new_context(
        base_url=live_site.url, viewport={"width": width, "height": 844}, color_scheme=scheme, service_workers="block"
    )
    page = context.new_page()
    found = {}

    def look(address):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        # The theme's panel of filters and its scrolled menu lie outside of landmarks, and have the same name.
        ignored = ("region", "landmark-unique") if address.startswith("/admin/") else ()
        found[address] = axe_violations(page, ignored=ignored)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address

    look("/accounts/login/")
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_site.url}])
    for address in (*ALL, *ADMIN, "/api/v1/docs"):
        look(address)
    context.close()
    assert {address: faults for address, faults in found.items() if faults} == {}
