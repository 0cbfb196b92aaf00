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
    "/settings/invitations/",
    "/settings/data/",
    "/accounts/email/",
    "/accounts/logout/",
    "/offline/",
)
ADMIN = (
    "/admin/",
    "/admin/generation/job/",
    "/admin/accounts/user/",
    "/admin/accounts/invitation/add/",
    "/admin/generation/wildcard/",
)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_pages_have_no_faults(browser, live_site, width, scheme):  # noqa: F811
    alice = make_user("alice", is_staff=True, is_superuser=True)
    session = client_of(alice).cookies["sessionid"].value
    context = browser.new_context(
        base_url=live_site.url, viewport={"width": width, "height": 844}, color_scheme=scheme, service_workers="block"
    )
    page = context.new_page()
    found = {}

    def look(address):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found[address] = axe_violations(page)
        fits = "document.documentElement.scrollWidth <= innerWidth"
        assert page.evaluate(fits), address
        for narrow in (320, 720):  # 720: a window of 1440 at 200 %
            page.set_viewport_size({"width": narrow, "height": 450})
            assert page.evaluate(fits), (address, narrow)
        page.set_viewport_size({"width": width, "height": 844})

    look("/accounts/login/")
    look("/accounts/signup/")
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_site.url}])
    for address in (*ALL, *ADMIN, f"/admin/accounts/user/{alice.pk}/change/", "/api/v1/docs"):
        look(address)
    context.close()
    assert {address: faults for address, faults in found.items() if faults} == {}
