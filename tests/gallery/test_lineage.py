"""Lineage of an image through the API: only what the reader may see."""

import pytest
from django.utils import timezone

from gallery.models import Image
from tests.support.factories import make_image
from tests.support.images import upload_of

pytestmark = pytest.mark.django_db


def lineage(client, image):
    answer = client.get(f"/api/v1/images/{image.pk}/lineage")
    assert answer.status_code == 200, answer.content
    told = answer.json()
    return [[(one["role"], one["id"]) for one in told[side]] for side in ("parents", "children")]


@pytest.fixture
def family(alice):
    start = make_image(alice)
    middle = make_image(alice, init_image=f"image:{start.pk}")
    last = make_image(alice, task="upscale", init_image=f"image:{middle.pk}")
    return start, middle, last


def test_it_names_parents_and_children(as_alice, family):
    start, middle, last = family
    assert lineage(as_alice, middle) == [[("init", str(start.pk))], [("upscale", str(last.pk))]]
    assert lineage(as_alice, start) == [[], [("init", str(middle.pk))]]
    told = as_alice.get(f"/api/v1/images/{middle.pk}/lineage").json()["parents"][0]
    assert (told["label"], told["page_url"]) == ("Input image", f"/images/{start.pk}/")


def test_a_stranger_gets_404(as_charlie, family):
    assert as_charlie.get(f"/api/v1/images/{family[1].pk}/lineage").status_code == 404


def test_what_is_another_s_or_in_the_trash_is_left_out(as_alice, alice, charlie, family):
    start, middle, last = family
    Image.objects.filter(pk=start.pk).update(owner=charlie)
    Image.objects.filter(pk=last.pk).update(trashed_at=timezone.now())
    assert lineage(as_alice, middle) == [[], []]


def test_a_child_in_two_roles_is_shown_once_and_queries_are_bounded(as_alice, alice, django_assert_max_num_queries):
    start = make_image(alice)
    for _ in range(5):
        make_image(alice, init_image=f"image:{start.pk}", mask_image=f"image:{start.pk}")
    with django_assert_max_num_queries(8):
        assert len(lineage(as_alice, start)[1]) == 5


def test_an_upload_is_a_parent(as_alice, alice):
    upload = upload_of(alice)
    child = make_image(alice, init_image=f"upload:{upload.pk}")
    told = as_alice.get(f"/api/v1/images/{child.pk}/lineage").json()["parents"]
    assert [(one["kind"], one["id"], one["page_url"]) for one in told] == [("upload", str(upload.pk), None)]
