"""Collections in a browser: order by mouse, keys and buttons, cover, members, links, and what a member sees."""

import pytest

from gallery.actions.collection_sharing import set_order
from gallery.actions.collections import add_images, create_collection
from gallery.models import CollectionMember, ShareLink
from sdsite.accounts.models import User
from tests.e2e.test_library import tab  # noqa: F401
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_image, make_user
from tests.support.site import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]
COLOURS = ["red", "green", "blue", "white"]


@pytest.fixture
def collection(page):  # noqa: F811
    """A collection of four images in the order of COLOURS."""
    alice = User.objects.get(username="alice")
    made = create_collection(owner=alice, name="Skies & seas", description="Above\nthe water")
    images = [make_image(alice, prompt=colour, colour=colour, size=(600, 400)) for colour in COLOURS]
    add_images(collection=made, ids=[image.pk for image in images])
    set_order(collection=made, ids=[image.pk for image in images])
    return made


def order_of(collection):
    return list(collection.items.order_by("position").values_list("image__prompt", flat=True))


def shown(page):  # noqa: F811
    return page.locator(".tile__link").evaluate_all("(links) => links.map((link) => link.ariaLabel)")


def comes_to(collection, order):
    wait_for(lambda: order_of(collection) == order, what=f"the order {order}")


def test_the_owner_arranges_chooses_a_cover_and_shares(tab, live_site, collection):  # noqa: F811
    page = tab  # noqa: F811
    make_user("bob")
    page.goto(f"/collections/{collection.pk}/")
    page.wait_for_selector(".tile.is-loaded")
    assert shown(page) == COLOURS
    page.get_by_role("button", name="Arrange").click()
    items = page.locator(".arrange__image")
    items.first.wait_for()
    assert axe_violations(page) == []
    page.keyboard.press("Alt+ArrowRight")
    comes_to(collection, ["green", "red", "blue", "white"])
    assert page.locator(".arrange [role=status]").inner_text() == "Image 2 of 4"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Alt+Home")
    comes_to(collection, ["blue", "green", "red", "white"])
    page.locator("[data-move='-1']").nth(3).click()
    comes_to(collection, ["blue", "green", "white", "red"])
    box, target = items.nth(3).bounding_box(), items.nth(0).bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] - 40, box["y"] + 40, steps=4)
    page.mouse.move(target["x"] + 20, target["y"] + 40, steps=12)
    page.mouse.up()
    comes_to(collection, ["red", "blue", "green", "white"])
    page.get_by_role("button", name="Done").click()
    wait_for(lambda: shown(page) == ["red", "blue", "green", "white"], what="the grid in the new order")
    page.locator(".tile__link").nth(2).click(button="right")
    page.get_by_role("menuitem", name="Use as cover").click()
    green = collection.items.get(image__prompt="green").image_id
    wait_for(lambda: type(collection).objects.get().cover_id == green, what="the cover")
    page.locator(".tile__link").first.click()
    page.wait_for_selector(".viewer")
    page.keyboard.press("ArrowRight")
    blue = collection.items.get(image__prompt="blue").image_id
    page.wait_for_url(f"**/images/{blue}/")  # the viewer walks in the order of the collection
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Share").click()
    page.get_by_label("Name of a person").fill("nobody")
    page.get_by_role("button", name="Add").click()
    page.get_by_text("There is no such person on this site.").wait_for()
    page.get_by_label("Name of a person").fill("bob")
    page.locator(".members__new").get_by_label("may add images").check()
    page.get_by_role("button", name="Add").click()
    page.locator("[data-member=bob]").wait_for()
    assert CollectionMember.objects.get().may_add
    page.get_by_label("People of this site").check()
    page.get_by_role("button", name="Make a link").click()
    page.locator(".share-link").wait_for()
    assert axe_violations(page) == []
    assert ShareLink.objects.get().collection == collection
    page.get_by_role("button", name="Revoke").click()
    page.locator(".share-link").wait_for(state="detached")
    page.get_by_role("button", name="Remove bob, with the images they added").click()
    page.locator("[data-member=bob]").wait_for(state="detached")
    assert not CollectionMember.objects.exists()
    collection.refresh_from_db()
    assert collection.visibility == "members"


def test_a_member_sees_adds_and_leaves(page, live_site, browser, collection):  # noqa: F811
    bob = make_user("bob")
    own = make_image(bob, prompt="from bob")
    CollectionMember.objects.create(collection=collection, user=bob, may_add=True)
    add_images(collection=collection, ids=[])
    session = client_of(bob).cookies["sessionid"].value
    context = browser.new_context(base_url=live_site.url, viewport={"width": 390, "height": 844})
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_site.url}])
    member = context.new_page()
    page.goto(f"/collections/{collection.pk}/")
    page.wait_for_selector(".tile.is-loaded")
    add = {"ids": [str(own.pk)], "action": "collect", "value": str(collection.pk)}
    member.goto(f"/collections/{collection.pk}/")
    member.wait_for_selector(".tile.is-loaded")
    assert member.get_by_text("by alice").is_visible()
    assert axe_violations(member) == []
    token = member.locator("[name=csrfmiddlewaretoken]").first.input_value()
    sent = context.request.post("/api/v1/images/bulk", data=add, headers={"X-CSRFToken": token})
    assert sent.ok, sent.text()
    member.reload()
    member.wait_for_selector(".tile.is-loaded")
    assert shown(member)[0] == "from bob"
    page.reload()
    page.wait_for_selector(".tile__note")
    page.locator(".tile__link").first.click(button="right")
    page.get_by_role("menuitem", name="Remove from collection").click()
    wait_for(lambda: not collection.items.filter(image=own).exists(), what="the image to leave")
    member.get_by_role("button", name="Leave").click()
    member.get_by_role("dialog").get_by_role("button", name="Leave").click()
    member.wait_for_url("**/collections/")
    assert member.goto(f"/collections/{collection.pk}/").status == 404
    context.close()
