"""Pages have no gaps or repetitions while rows are added."""

import re
import uuid

import pytest

from gallery.models import Image
from tests.support.factories import make_image

A_PAGE = 3


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr("gallery.pages.library.IMAGES_A_PAGE", A_PAGE)


def make_images(owner, count):
    """Return the ids of `count` images, newest first."""
    images = [make_image(owner) for _ in range(count)][::-1]
    return [image.pk for image in images]


def images_on(response):
    return [uuid.UUID(found) for found in re.findall(r'href="/images/([0-9a-f-]{36})/"', response.content.decode())]


def older_of(response):
    found = re.search(r'href="\?[^"]*?(cursor=[^"]+)"', response.content.decode())
    return found and f"?{found.group(1)}"


def test_pages_follow_each_other_without_gap_or_repetition(as_alice, alice):
    expected = make_images(alice, A_PAGE + 2)
    first = as_alice.get("/library/")
    assert images_on(first) == expected[:A_PAGE]
    second = as_alice.get(f"/library/{older_of(first)}")
    assert images_on(second) == expected[A_PAGE:]
    assert older_of(second) is None


def test_a_page_does_not_shift_when_new_images_come(as_alice, alice):
    expected = make_images(alice, A_PAGE + 2)
    following = older_of(as_alice.get("/library/"))
    make_image(alice)
    assert images_on(as_alice.get(f"/library/{following}")) == expected[A_PAGE:]


def test_images_of_the_same_moment_are_all_shown(as_alice, alice):
    expected = sorted(make_images(alice, 2 * A_PAGE + 1))
    Image.objects.update(created_at=Image.objects.latest("created_at").created_at)
    seen, address = [], "/library/"
    while address:
        response = as_alice.get(address)
        seen += images_on(response)
        address = older_of(response) and f"/library/{older_of(response)}"
    assert sorted(seen) == expected
