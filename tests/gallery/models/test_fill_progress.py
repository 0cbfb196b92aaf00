"""Filling in goes through all images once, a batch at a time, and goes on where it was stopped."""

import pytest

from gallery.models import Image, LoraProgress
from tests.support.factories import make_image

pytestmark = pytest.mark.usefixtures("own_media")


def test_each_image_is_written_once_and_the_end_is_remembered(alice):
    made = {make_image(alice).pk for _ in range(3)}
    seen = []

    def write(images):
        seen.extend(image.pk for image in images)

    assert [LoraProgress.advance(2, ("owner_id",), write) for _ in range(3)] == [2, 1, 0]
    assert (len(seen), set(seen)) == (3, made)
    assert str(LoraProgress.objects.get()) == "finished"
    make_image(alice)  # new images are written when they are stored
    assert LoraProgress.advance(2, ("owner_id",), write) == 0


def test_a_batch_that_fails_is_tried_again(alice):
    image = make_image(alice)

    def fail(images):
        raise OSError("away")

    with pytest.raises(OSError, match="away"):
        LoraProgress.advance(2, ("owner_id",), fail)
    seen = []
    LoraProgress.advance(2, ("owner_id",), seen.extend)
    assert seen == list(Image.objects.filter(pk=image.pk))
