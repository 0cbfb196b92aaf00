"""The library: the user's images by job, newest first."""

import re
import uuid
from datetime import timedelta

from tests.support.factories import make_image


def groups_on(response):
    return [uuid.UUID(found) for found in re.findall(r'data-group="([0-9a-f-]+)"', response.content.decode())]


def test_it_asks_to_sign_in_first(client, db):
    assert client.get("/library/").url == "/accounts/login/?next=/library/"


def test_an_empty_library_shows_the_first_step(as_alice):
    page = as_alice.get("/library/").content.decode()
    assert "Generate the first image" in page
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


def test_it_shows_the_settings_and_the_seconds(as_alice, alice):
    make_image(alice, prompt="a blue fox", sampler="dpmpp_2m", schedule="karras", upscale_by=2)
    page = as_alice.get("/library/").content.decode()
    assert "a blue fox" in page
    assert "128 × 128 · 20 steps · guidance 4 · DPM++ 2M Karras · upscaled 2×" in page
    assert "0.4 s per image" in page


def test_it_shows_nothing_of_others(as_charlie, alice):
    image = make_image(alice)
    page = as_charlie.get("/library/").content.decode()
    assert str(image.pk) not in page
    assert str(image.job_id) not in page


def test_an_invalid_cursor_is_not_found(as_alice):
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
