"""The library without scripts: the user's images as links, newest first, and the place of the grid."""

import re
from datetime import timedelta

import pytest

from tests.support.factories import make_image


def shown(response):
    return re.findall(r'href="/images/([0-9a-f-]+)/"><img', response.content.decode())


@pytest.mark.parametrize("address", ["/library/", "/trash/", "/uploads/"])
def test_it_asks_to_sign_in_first(client, db, address):
    assert client.get(address).url == f"/accounts/login/?next={address}"


def test_an_empty_library_shows_the_first_step(as_alice):
    page = as_alice.get("/library/").content.decode()
    assert "Generate the first image" in page
    assert 'href="/"' in page


def test_images_come_newest_first_and_not_from_the_trash(as_alice, alice):
    older, newer, gone = (make_image(alice, age=timedelta(hours=hours)) for hours in (2, 1, 0))
    as_alice.post(f"/images/{gone.pk}/delete/")
    response = as_alice.get("/library/")
    assert shown(response) == [str(newer.pk), str(older.pk)]
    assert "data-grid " in response.content.decode()


def test_it_shows_nothing_of_others(as_charlie, alice, collection):
    page = as_charlie.get("/library/").content.decode()
    assert shown(as_charlie.get("/library/")) == []
    assert str(collection.pk) not in page


def test_the_rail_has_the_own_collections(as_alice, collection):
    assert (
        f'data-collection="{collection.pk}" data-name="Skies &lt;&amp;&gt;"'
        in as_alice.get("/library/").content.decode()
    )


def test_an_invalid_cursor_is_not_found(as_alice):
    assert as_alice.get("/library/?cursor=nonsense").status_code == 404
    assert as_alice.get("/trash/?cursor=nonsense").status_code == 404


def test_its_queries_do_not_grow_with_the_images(as_alice, alice, django_assert_num_queries):
    for _ in range(9):
        make_image(alice)
    # with five of facets, two of the site, the saved searches, and the search model
    with django_assert_num_queries(14):
        as_alice.get("/library/")


def test_a_prompt_is_escaped(as_alice, alice):
    make_image(alice, prompt='<script>alert(1)</script>"><img src=x onerror=alert(2)>')
    page = as_alice.get("/library/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
