"""Search by meaning in a browser, with a tiny CLIP that the site's worker has loaded."""

import pytest

from gallery.models import Image
from gallery.search.meaning import index, words
from gallery.search.meaning.words import READY
from generation.checkpoints import adapters
from generation.redis_client import connection
from generation.worker.meaning import HELD
from sdsite.accounts.models import User
from tests.e2e.test_finding import ids_of
from tests.e2e.test_library import tab  # noqa: F401
from tests.e2e.test_studio import _database_beside_playwright, browser, page  # noqa: F401
from tests.support.axe import axe_violations
from tests.support.factories import make_image
from tests.support.site import wait_for
from tests.support.tiny.search_models import save_clip

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.blank_page]

COLOURS = ("red", "#e00000", "blue", "green")


@pytest.fixture
def indexed(page, tmp_path, monkeypatch):  # noqa: F811
    """Four shared images, which a worker has indexed."""
    owner = User.objects.get()
    rows = [make_image(owner, index=place, colour=colour, size=(512, 512)) for place, colour in enumerate(COLOURS)]
    Image.objects.update(visibility="members", published_at=rows[0].created_at)
    connection().delete(HELD)  # a service of another test seems to have it
    adapters.add(kind="search_model", path=save_clip(tmp_path / "model"))
    wait_for(
        lambda: (row := index.current_model()) and index.count_progress(row).is_finished and connection().get(READY),
        seconds=60,
        what="all vectors",
    )
    monkeypatch.setattr(words, "WAIT_SECONDS", 60)
    words.vector_of_words(index.current_model(), "a blue fox")  # or the pages might not wait for a busy worker
    return rows


def shows(tab, *rows):  # noqa: F811
    """Wait until the grid shows these images, in this order of its first ones."""
    tab.wait_for_function(
        "wanted => [...document.querySelectorAll('.tile')].map((tile) => tile.dataset.image).join().startsWith(wanted)",
        arg=",".join(str(row.pk) for row in rows),
    )


def test_images_are_found_by_what_they_show(tab, live_site, indexed):  # noqa: F811
    tab.goto(f"{live_site.url}/library/")
    tab.locator(f"[data-image='{indexed[0].pk}'] .tile__link").click(button="right")
    tab.get_by_role("menuitem", name="Similar in meaning").click()
    shows(tab, indexed[0], indexed[1])
    assert tab.locator(".chip", has_text="Similar in meaning to a red heart").count() == 1
    by_image = ids_of(tab)
    assert len(by_image) == len(COLOURS)
    tab.go_back()

    tab.locator("summary", has_text="Meaning").click()
    tab.get_by_role("searchbox", name="What is to be seen").fill("a blue fox")
    with tab.expect_response(lambda answer: "tiles?meaning=a+blue+fox" in answer.url) as answered:
        tab.keyboard.press("Enter")
    best_first = [tile["id"] for tile in answered.value.json()["items"]]
    shows(tab, *(row for pk in best_first for row in indexed if str(row.pk) == pk))
    assert sorted(best_first) == sorted(by_image)
    assert axe_violations(tab) == []

    tab.goto(f"{live_site.url}/images/{indexed[2].pk}/")
    tab.get_by_role("link", name="Similar in meaning").click()
    shows(tab, indexed[2])

    tab.goto(f"{live_site.url}/explore/")
    tab.get_by_role("searchbox", name="What is to be seen").fill("a blue fox")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/explore/?meaning=a+blue+fox")
    shows(tab, *(row for pk in best_first for row in indexed if str(row.pk) == pk))
    assert axe_violations(tab) == []
