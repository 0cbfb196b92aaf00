"""Previews of steps that are kept with an image: stored, deleted, packed and found left over with it."""

import io
import zipfile

import pytest
from django.core.files.storage import default_storage

from gallery.actions.bulk.run import pack
from gallery.actions.delete_images import delete_images
from gallery.actions.media_identity import rows_of
from gallery.kept_steps import NoSuchStep, pack_steps, read_step
from gallery.models import Image
from gallery.zip_files import zip_parts
from tests.gallery.conftest import store

STEPS = {12: b"twelve", 4: b"four"}


@pytest.fixture
def image(alice):
    return store(alice, steps=STEPS)


def test_each_step_is_read_as_it_was_stored(image):
    assert (image.kept_steps, image.steps["bytes"]) == ([4, 12], default_storage.size(image.steps_file))
    assert {step: read_step(image, step) for step in image.kept_steps} == STEPS
    assert pack_steps(STEPS) == pack_steps(dict(reversed(STEPS.items())))


def test_what_was_not_kept_or_is_gone_is_no_step(image, alice):
    for one, step in ((image, 5), (store(alice), 4)):
        with pytest.raises(NoSuchStep):
            read_step(one, step)
    default_storage.delete(image.steps_file)
    with pytest.raises(NoSuchStep):
        read_step(image, 4)


def test_the_file_goes_with_the_image_and_is_not_left_over_before(image, alice, django_capture_on_commit_callbacks):
    assert rows_of("steps", [image.steps_file, f"{image.steps_file}x"]) == {image.steps_file}
    with django_capture_on_commit_callbacks(execute=True):
        delete_images(images=Image.objects.filter(pk=image.pk), actor=alice)
    assert not default_storage.exists(image.steps_file)


def test_a_zip_has_them_when_asked(image, alice):
    for asked, expected in ((False, []), (True, ["004.jpg", "012.jpg"])):
        data = b"".join(zip_parts(pack([image.pk]), alice, steps=asked))
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
        assert [name.rpartition("/")[2] for name in names if name.endswith(".jpg")] == expected
