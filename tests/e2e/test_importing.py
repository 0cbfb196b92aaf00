"""Many files dropped on the library and the uploads: what is new, known, too large or broken, each with a sentence."""

import base64

import pytest

from gallery.actions.collections import create_collection
from gallery.models import Image, Upload
from sdsite.accounts.models import User
from tests.e2e.test_library import tab  # noqa: F401
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.factories import make_image, make_user
from tests.support.foreign_files import foreign_file

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]
TOO_LARGE = 26_000_000
DROP = """([files, large, place]) => {
  const transfer = new DataTransfer();
  for (const [name, type, text] of files) {
    transfer.items.add(new File([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))], name, { type }));
  }
  if (large) transfer.items.add(new File([new Uint8Array(large)], "huge.png", { type: "image/png" }));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    document.querySelector(place).dispatchEvent(
      new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


def drop(page, *files, large=0, on=".library__main"):  # noqa: F811
    page.evaluate(DROP, [[[name, kind, base64.b64encode(data).decode()] for name, kind, data in files], large, on])


def told(page):  # noqa: F811
    page.locator(".import [role=status]:not(:empty)").wait_for(state="attached")
    return page.locator(".import__title").inner_text(), page.locator(".import__list li").all_inner_texts()


def test_files_dropped_on_the_library_become_images(tab, live_site):  # noqa: F811
    page, sent = tab, []  # noqa: F811
    page.on("request", lambda request: sent.append(request.url) if "/images/import" in request.url else None)
    page.goto("/library/")
    page.locator("[data-empty]").wait_for()
    page.evaluate("document.body.dispatchEvent(new DragEvent('dragenter', { dataTransfer: new DataTransfer() }))")
    assert not page.locator("[data-dropping]").count()  # nothing that is no file
    red, blue = (foreign_file("A1111", colour) for colour in ("red", "blue"))
    broken, text = (("broken.png", "image/png", b"\x89PNG nothing"), ("notes.txt", "text/plain", b"words"))
    files = [("red.png", "image/png", red), ("copy of red.png", "image/png", red), ("blue.png", "image/png", blue)]
    drop(page, *files, broken, text, large=TOO_LARGE)
    title, remarks = told(page)
    assert title == "2 images added, 1 was there already, 3 not added"
    assert "notes.txt This is no PNG, JPEG or WebP image." in remarks
    assert "huge.png It has 26 MB; an image may have 25 MB." in remarks
    assert any(one.startswith("broken.png ") and len(one) > 20 for one in remarks)
    assert sum("red.png It was there already." in one for one in remarks) == 1
    assert len(sent) == 4
    page.locator(".tile.is-loaded").nth(1).wait_for()
    assert Image.objects.count() == 2
    assert axe_violations(page) == []
    with page.expect_file_chooser() as chooser:
        page.locator("label[for=import-files]:visible").click()
    chooser.value.set_files([{"name": "again.png", "mimeType": "image/png", "buffer": red}])
    page.get_by_text("0 images added, 1 was there already").first.wait_for()
    page.get_by_role("button", name="Close").click()
    assert page.locator(".import").count() == 0


def test_files_dropped_on_the_uploads_become_inputs(tab, live_site):  # noqa: F811
    page = tab  # noqa: F811
    page.goto("/uploads/")
    page.locator("[data-empty]").wait_for()
    red = foreign_file("A1111", "red")
    drop(page, ("red.png", "image/png", red), ("same.png", "image/png", red), large=TOO_LARGE)
    title, remarks = told(page)
    assert title == "1 image added, 1 was there already, 1 not added"
    assert remarks[0].startswith("huge.png It has 26 MB")
    page.locator(".tile.is-loaded").wait_for()
    assert Upload.objects.count() == 1
    assert not Image.objects.exists()
    drop(page, ("blue.png", "image/png", foreign_file("A1111", "blue")))
    page.get_by_text("1 image added", exact=True).first.wait_for()
    page.locator(".tile.is-loaded").nth(1).wait_for()
    page.locator(".tile__link").first.click()
    page.locator(".viewer [data-do=delete]").wait_for()
    first, second = Upload.objects.order_by("-created_at")
    page.wait_for_url(f"**/uploads/{first.pk}/")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/uploads/{second.pk}/")
    page.locator(f".viewer [data-id='{second.pk}'] [data-do=delete]").click()
    assert axe_violations(page) == []
    page.get_by_role("button", name="Delete for good").click()
    page.wait_for_url(f"**/uploads/{first.pk}/")  # the one beside it
    assert list(Upload.objects.all()) == [first]
    page.keyboard.press("Escape")
    page.wait_for_url("**/uploads/")
    assert page.locator(".tile__link").count() == 1
    page.goto(f"/uploads/{first.pk}/")
    assert axe_violations(page) == []


DRAG = """([ids, place]) => {
  const transfer = new DataTransfer();
  transfer.setData("application/x-sdsite-images", JSON.stringify(ids));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    document.querySelector(place).dispatchEvent(
      new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


def test_collections_take_files_and_images_that_are_dropped_on_them(tab, live_site):  # noqa: F811
    page, alice = tab, User.objects.get(username="alice")  # noqa: F811
    hearts, foreign = create_collection(owner=alice, name="Hearts"), make_image(make_user("bob"))
    names = lambda: set(hearts.items.values_list("image", flat=True))  # noqa: E731
    red = ("red.png", "image/png", foreign_file("A1111", "red"))
    place = f"[data-collection='{hearts.pk}']"
    page.goto("/library/")
    page.locator("[data-empty]").wait_for()
    drop(page, red, ("notes.txt", "text/plain", b"words"), on=f".rail {place}")
    page.get_by_text("1 image added to “Hearts”").hover()  # it stays as long as the pointer is on it
    assert told(page) == ("1 image added, 1 not added", ["notes.txt This is no PNG, JPEG or WebP image."])
    page.locator(".tile.is-loaded").wait_for()
    first = alice.images.get()
    assert names() == {first.pk}
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Undone for 1 image").wait_for()
    assert names() == set()

    page.goto("/collections/")
    page.locator(f".collection-card{place}").wait_for()
    page.evaluate(DRAG, [[str(first.pk), str(foreign.pk)], f".collection-card{place}"])
    page.get_by_text("1 was not added: it is not yours, or in the trash").wait_for()
    assert names() == {first.pk}
    assert axe_violations(page) == []

    page.goto(f"/collections/{hearts.pk}/")
    page.locator(".tile.is-loaded").wait_for()
    drop(page, red, ("blue.png", "image/png", foreign_file("A1111", "blue")), on=".grid")
    page.get_by_text("2 images added to “Hearts”").wait_for()
    page.locator(".tile.is-loaded").nth(1).wait_for()
    assert len(names()) == 2
