"""The comparison of images, over HTTP."""

import uuid

import pytest
from django.utils import timezone

from gallery.models import Image
from tests.support.factories import make_image

pytestmark = pytest.mark.usefixtures("own_media")


def address(*images):
    return f"/compare/?ids={','.join(str(getattr(image, 'pk', image)) for image in images)}"


def test_it_shows_the_images_in_their_order_and_what_differs(as_alice, alice):
    one = make_image(alice, prompt="a red heart", steps=20)
    other = make_image(alice, prompt="a blue <heart>", steps=30)
    response = as_alice.get(address(other, one))
    page = response.content.decode()
    assert [entry["image"] for entry in response.context["compared"]] == [other, one]
    assert page.index(f"/images/{other.pk}/file") < page.index(f"/images/{one.pk}/file")
    assert '<mark class="compare__word">blue &lt;' in page
    assert '<mark class="compare__word">red</mark>' in page
    assert response.context["swapped"] == address(one, other)
    assert '<tr><th scope="row">Steps</th><td>30</td><td>20</td></tr>' in page
    assert '<tr class="compare__same"><th scope="row">Sampler</th>' in page
    assert response["Cache-Control"] == "private, no-cache"


def test_too_few_too_many_and_equal_ids_get_a_sentence(as_alice, alice):
    images = [make_image(alice) for _ in range(5)]
    for wrong in ("/compare/", address(images[0]), address(images[0], images[0]), "/compare/?ids=,,"):
        page = as_alice.get(wrong)
        assert page.status_code == 400, wrong
        assert "Choose at least two different images" in page.content.decode()
    page = as_alice.get(address(*images))
    assert page.status_code == 400
    assert "Choose at most 4 images" in page.content.decode()
    assert len(as_alice.get(address(*images[:4], images[0])).context["compared"]) == 4


def test_a_strangers_image_or_none_at_all_is_not_found(as_charlie, charlie, alice):
    own, other = make_image(charlie), make_image(alice)
    for wrong in (address(own, other), address(own, uuid.uuid4()), address(own, "heart"), address(own, "x" * 5000)):
        assert as_charlie.get(wrong).status_code == 404, wrong
    Image.objects.filter(pk=other.pk).update(visibility="members", published_at=timezone.now())
    assert as_charlie.get(address(own, other)).status_code == 200
    Image.objects.filter(pk=other.pk).update(trashed_at=timezone.now())
    assert as_charlie.get(address(own, other)).status_code == 404


def test_it_requires_signing_in(client, alice):
    assert client.get(address(make_image(alice), make_image(alice))).status_code == 302


def test_settings_that_their_owner_keeps_stay_hidden(as_charlie, charlie, alice):
    own = make_image(charlie, prompt="a red heart", steps=20)
    other = make_image(alice, prompt="a secret garden", guidance_scale=4.75, negative_prompt="thick fog")
    shared = {"visibility": "members", "published_at": timezone.now(), "strips_metadata": True, "rating": 4}
    Image.objects.filter(pk=other.pk).update(**shared)
    response = as_charlie.get(address(own, other))
    page = response.content.decode()
    for secret in ("secret garden", "4.75", "thick fog", "compare__word", 'data-rating="4"'):
        assert secret not in page, secret
    assert "Not shared" in page
    card = page[page.index(f'data-card="{other.pk}"') :]
    assert "data-do=" not in card


def test_own_images_in_the_trash_or_under_review_say_so(as_alice, alice):
    trashed, held, plain = (make_image(alice) for _ in range(3))
    Image.objects.filter(pk=trashed.pk).update(trashed_at=timezone.now())
    Image.objects.filter(pk=held.pk).update(quarantined_at=timezone.now())
    page = as_alice.get(address(trashed, held, plain)).content.decode()
    assert "This image is in the trash." in page
    assert "Under review" in page
    assert f"/images/{held.pk}/thumbnail" in page
    assert f"/images/{held.pk}/file" not in page


def test_its_queries_do_not_grow_with_the_images(as_alice, alice, django_assert_num_queries):
    images = [make_image(alice) for _ in range(4)]
    for number in (2, 4):
        with django_assert_num_queries(5):  # session, user, images, two of the site
            as_alice.get(address(*images[:number]))


def test_rows_beside_an_image_lead_to_comparisons(as_alice, alice):
    start = make_image(alice)
    image = make_image(alice, init_image=f"image:{start.pk}")
    sibling = make_image(alice, job_id=image.job_id, index=1)
    page = as_alice.get(f"/images/{image.pk}/panel/").content.decode()
    assert address(image, start) in page
    assert address(image, sibling) in page
    alone = as_alice.get(f"/images/{make_image(alice).pk}/panel/").content.decode()
    assert "/compare/" not in alone
