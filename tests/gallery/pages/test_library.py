"""The library: one's own images by job, newest first, page by page."""

import re
import uuid
from datetime import timedelta

from gallery.pages.library import GROUPS_A_PAGE
from tests.support.factories import make_image


def make_groups(owner, count):
    """Return the job ids of `count` groups of one image, newest first."""
    return [make_image(owner, age=timedelta(minutes=number)).job_id for number in range(count)]


def groups_on(response):
    return [uuid.UUID(found) for found in re.findall(r'data-group="([0-9a-f-]+)"', response.content.decode())]


def older_of(response):
    found = re.search(r'href="(\?cursor=[^"]+)"', response.content.decode())
    return found and found.group(1)


def test_it_asks_to_sign_in_first(client, db):
    assert client.get("/library/").url == "/accounts/login/?next=/library/"


def test_an_empty_library_shows_the_first_step(as_alice):
    page = as_alice.get("/library/").content.decode()
    assert "Make the first picture" in page
    assert 'href="/"' in page


def test_it_groups_images_by_job_in_the_order_they_were_made(as_alice, alice):
    job_id = uuid.uuid4()
    images = [make_image(alice, job_id=job_id, index=index) for index in (1, 0)]
    make_image(alice, age=timedelta(hours=1))
    response = as_alice.get("/library/")
    assert groups_on(response)[0] == job_id
    assert len(groups_on(response)) == 2
    page = response.content.decode()
    assert page.index(str(images[1].pk)) < page.index(str(images[0].pk))


def test_it_says_what_was_asked_and_how_long_it_took(as_alice, alice):
    make_image(alice, prompt="a blue fox", sampler="dpmpp_2m", schedule="karras", upscale_by=2)
    page = as_alice.get("/library/").content.decode()
    assert "a blue fox" in page
    assert "128 × 128 · 20 steps · guidance 4 · DPM++ 2M Karras · enlarged 2×" in page
    assert "0.4 s per image" in page


def test_it_shows_nothing_of_others(as_charlie, alice):
    image = make_image(alice)
    page = as_charlie.get("/library/").content.decode()
    assert str(image.pk) not in page
    assert str(image.job_id) not in page


def test_pages_follow_each_other_without_gap_or_repetition(as_alice, alice):
    expected = make_groups(alice, GROUPS_A_PAGE + 3)
    first = as_alice.get("/library/")
    assert groups_on(first) == expected[:GROUPS_A_PAGE]
    second = as_alice.get(f"/library/{older_of(first)}")
    assert groups_on(second) == expected[GROUPS_A_PAGE:]
    assert older_of(second) is None


def test_a_page_does_not_shift_when_new_images_come(as_alice, alice):
    expected = make_groups(alice, GROUPS_A_PAGE + 2)
    following = older_of(as_alice.get("/library/"))
    make_image(alice, age=timedelta(seconds=-1))
    assert groups_on(as_alice.get(f"/library/{following}")) == expected[GROUPS_A_PAGE:]


def test_jobs_of_the_same_moment_are_all_shown(as_alice, alice, monkeypatch):
    from django.utils import timezone

    monkeypatch.setattr("gallery.pages.library.GROUPS_A_PAGE", 2)
    now = timezone.now()
    monkeypatch.setattr("tests.support.factories.timezone.now", lambda: now)
    expected = sorted(make_image(alice).job_id for _ in range(5))
    seen, address = [], "/library/"
    while address:
        response = as_alice.get(address)
        seen += groups_on(response)
        address = older_of(response) and f"/library/{older_of(response)}"
    assert sorted(seen) == expected


def test_a_cursor_of_nobody_s_is_not_found(as_alice):
    assert as_alice.get("/library/?cursor=nonsense").status_code == 404


def test_its_queries_do_not_grow_with_the_images(as_alice, alice, django_assert_num_queries):
    for _ in range(3):
        job_id = uuid.uuid4()
        for index in range(4):
            make_image(alice, job_id=job_id, index=index)
    with django_assert_num_queries(7):  # session, user, groups, images, two of facets, collections
        as_alice.get("/library/")


def test_a_prompt_is_escaped(as_alice, alice):
    make_image(alice, prompt='<script>alert(1)</script>"><img src=x onerror=alert(2)>')
    page = as_alice.get("/library/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
