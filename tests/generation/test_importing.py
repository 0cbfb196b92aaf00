"""Imported images: their settings, dates and bytes, and each file once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from gallery.actions.uploads import UploadRefused
from gallery.models import Image
from gallery.search.filters import ImageFilter, filter_images
from generation.importing import import_image
from tests.support.factories import make_image
from tests.support.foreign_files import foreign_file

pytestmark = pytest.mark.django_db

# program -> (prompt, seed, steps, checkpoint)
SETTINGS = {
    "A1111": ("a red fox", 1234, 25, "dreamshaper_8"),
    "ComfyUI": ("a lighthouse", 77, 12, "sd15"),
    "InvokeAI": ("a ship", 99, 30, "juggernaut"),
    "SwarmUI": ("an owl", 55, 20, "sd_xl_base_1.0"),
}


@pytest.mark.parametrize("program", SETTINGS)
def test_settings_of_each_program_arrive_and_are_found(alice, program):
    data = foreign_file(program)
    done = import_image(owner=alice, data=data, name=f"C:\\out\\{program}.png")
    prompt, seed, steps, checkpoint = SETTINGS[program]
    image = Image.objects.get()
    assert (done.is_new, done.source, done.image) == (True, program, image)
    assert (image.prompt.strip(), image.seed, image.parameters["steps"]) == (prompt, seed, steps)
    assert checkpoint in image.checkpoint
    assert (image.width, image.height, image.visibility) == (64, 48, "private")
    assert default_storage.open(image.file).read() == data, "byte for byte"
    assert image.thumbhash
    assert (image.receipt["imported"]["source"], image.receipt["imported"]["file"]) == (program, f"{program}.png")
    word = prompt.split()[-1]
    assert filter_images(Image.objects.all(), ImageFilter(q=word, seed=seed), alice).get() == image


def test_the_same_file_is_there_once_for_each_owner(alice, charlie):
    data = foreign_file("A1111")
    first = import_image(owner=alice, data=data)
    again = import_image(owner=alice, data=data, name="copy.png")
    assert (again.is_new, again.image) == (False, first.image)
    assert import_image(owner=charlie, data=data).is_new
    Image.objects.owned_by(alice).update(trashed_at=timezone.now())
    assert not import_image(owner=alice, data=data).is_new, "it is in the trash, and does not come back by itself"


def test_a_file_that_this_site_generated_is_not_doubled(alice, charlie):
    image = make_image(alice)
    data = default_storage.open(image.file).read()
    assert import_image(owner=alice, data=data).image == image
    taken = import_image(owner=charlie, data=data)
    assert (taken.is_new, taken.source, taken.image.prompt) == (True, "sdsite", "a red heart")


def test_dates_come_from_the_file_then_from_its_system(alice):
    moment = datetime(2023, 1, 2, tzinfo=UTC)

    def created(program, image_format="PNG", modified=moment):
        return import_image(
            owner=alice, data=foreign_file(program, image_format=image_format), modified=modified
        ).image.created_at

    assert created(None, "JPEG") == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert created("SwarmUI").date().isoformat() == "2025-03-04"
    assert created("A1111") == moment
    assert created("ComfyUI", modified=timezone.now() + timedelta(days=1)) <= timezone.now()


def test_settings_of_a_jpeg_and_of_a_file_without_any(alice):
    assert import_image(owner=alice, data=foreign_file(None, image_format="JPEG")).source == "A1111"
    plain = import_image(owner=alice, data=foreign_file(None)).image
    assert (plain.prompt, plain.seed, plain.receipt["imported"]["source"]) == ("", 0, "none")


def test_a_dry_run_stores_nothing(alice):
    assert import_image(owner=alice, data=foreign_file("A1111"), dry_run=True).is_new
    assert not Image.objects.exists()


@pytest.mark.parametrize("data", [b"", b"GIF89a", foreign_file("A1111")[:200], b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_usable_image_is_refused(alice, data):
    with pytest.raises(UploadRefused):
        import_image(owner=alice, data=data)
    assert not Image.objects.exists()


def test_files_go_again_where_the_row_cannot_be_stored(alice, monkeypatch):
    from django.db import OperationalError

    def fail(images):
        raise OperationalError("away")

    removed = []
    monkeypatch.setattr("generation.importing.write_words", fail)
    monkeypatch.setattr("generation.importing.remove_files", removed.extend)
    with pytest.raises(OperationalError):
        import_image(owner=alice, data=foreign_file("A1111"))
    assert len(removed) >= 2
    assert not Image.objects.exists()
