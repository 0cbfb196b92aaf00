"""What images were made from, written when they are stored and later for those of older versions."""

import uuid

import pytest
from django.core.management import call_command

from gallery.actions.delete_images import delete_images
from gallery.actions.derivations import fill_derivations
from gallery.models import Derivation, DerivationProgress, Image
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def origins(image):
    """Return (role, position, parent) of what an image was made from."""
    rows = Derivation.objects.filter(child=image).order_by("role", "position")
    return [(row.role, row.position, row.parent_id or row.upload_id) for row in rows]


def named(image):
    return f"image:{image.pk}"


def test_each_input_image_is_kept_with_its_role(alice):
    start, edges, depth, style = (make_image(alice) for _ in range(4))
    upload = uuid.uuid4()
    child = make_image(
        alice,
        task="inpaint",
        init_image=named(start),
        mask_image=f"upload:{upload}",
        controls=[{"image": named(edges)}, {"image": named(depth)}],
        ip_adapter={"image": named(style)},
    )
    assert origins(child) == [
        ("control", 0, edges.pk),
        ("control", 1, depth.pk),
        ("init", 0, start.pk),
        ("mask", 0, upload),
        ("reference", 0, style.pk),
    ]
    assert origins(make_image(alice, task="upscale", init_image=named(child))) == [("upscale", 0, child.pk)]


def test_odd_parameters_and_other_kinds_of_references_are_passed_over(alice):
    for odd in ("image:7", "https://example.org/x.png", 7, None, ["image:x"], "image"):
        assert origins(make_image(alice, init_image=odd, controls=odd, ip_adapter=odd)) == []


def test_a_parent_that_is_gone_keeps_no_child_from_being_stored(alice):
    gone = uuid.uuid4()
    assert origins(make_image(alice, init_image=f"image:{gone}")) == [("init", 0, gone)]


def test_a_variation_is_of_the_newest_image_with_its_settings_and_seed(alice, charlie):
    make_image(charlie)
    make_image(alice)
    origin = make_image(alice)
    make_image(alice, steps=9)
    make_image(alice, prompt="a blue heart")
    first = make_image(alice, variation_strength=0.2, variation_seed=3, count=4)
    second = make_image(alice, variation_strength=0.2, variation_seed=4, count=4)
    assert origins(first) == origins(second) == [("variation", 0, origin.pk)]
    assert origins(make_image(alice, variation_strength=0.2, steps=10)) == []


def test_deleting_a_parent_deletes_what_is_known_of_it(alice):
    start = make_image(alice)
    child = make_image(alice, init_image=named(start))
    delete_images(images=Image.objects.filter(pk=start.pk), actor=alice)
    assert origins(child) == []
    assert Image.objects.filter(pk=child.pk).exists()


def test_images_of_older_versions_are_filled_in_once_in_bounded_batches(alice):
    start = make_image(alice)
    children = [make_image(alice, init_image=named(start)) for _ in range(4)]
    Derivation.objects.all().delete()
    assert [fill_derivations(2), fill_derivations(2)] == [2, 2]
    assert not DerivationProgress.objects.get().is_finished
    call_command("index_images")
    assert all(origins(child) == [("init", 0, start.pk)] for child in children)
    assert DerivationProgress.objects.get().is_finished
    Derivation.objects.all().delete()
    assert fill_derivations() == 0
    assert not Derivation.objects.exists()


def test_filling_again_what_is_there_changes_nothing(alice):
    child = make_image(alice, init_image=named(make_image(alice)))
    before = list(Derivation.objects.values())
    fill_derivations()
    assert list(Derivation.objects.values()) == before
    assert origins(child)
