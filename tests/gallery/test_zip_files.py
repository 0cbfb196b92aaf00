"""Zip files of many images: names, contents, and at the client's pace."""

import asyncio
import io
import json
import zipfile

import pytest
from django.core.files.storage import default_storage

from gallery.actions.bulk.run import pack
from gallery.imaging.embedded_text import read_texts
from gallery.models import Image
from gallery.zip_files import Names, file_stem, select_images, send_parts, zip_parts
from sdsite.core.backpressure import Backpressure
from sdsite.core.exclusive import AlreadyRunning, take_turn
from tests.support.factories import make_image


def unzipped(images, owner, **options):
    data = b"".join(zip_parts(pack([image.pk for image in images]), owner, **options))
    return zipfile.ZipFile(io.BytesIO(data))


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a red heart", "a red heart"),
        ('../..\\con: <b>"heart"|?*', "con b heart"),
        ("a\x00b\n\tc", "a b c"),
        ("...", "image"),
        ("", "image"),
        ("心 " * 100, ("心 " * 30).strip()),
    ],
)
def test_a_name_is_readable_and_safe(prompt, said):
    image = Image(prompt=prompt, seed=7)
    assert file_stem(image) == f"{image.created_at.date()} {said} 7"


def test_names_differ_also_without_case():
    names = Names()
    assert [names.unique(stem) for stem in ("Heart", "heart", "heart", "sea")] == [
        "Heart",
        "heart (2)",
        "heart (3)",
        "sea",
    ]


@pytest.mark.django_db
def test_each_image_comes_as_it_was_stored_with_its_parameters(alice):
    images = [make_image(alice, index=0), make_image(alice, index=0, output_format="webp")]
    archive = unzipped(images, alice)
    assert archive.testzip() is None
    day = images[0].created_at.date()
    stem = f"{day} a red heart 7"
    assert archive.namelist() == [f"{stem}.png", f"{stem}.json", f"{stem} (2).webp", f"{stem} (2).json"]
    assert archive.read(f"{stem}.png") == default_storage.open(images[0].file).read()
    told = json.loads(archive.read(f"{stem}.json"))
    assert (told["id"], told["seed"], told["parameters"]["prompt"]) == (str(images[0].pk), 7, "a red heart")


@pytest.mark.django_db
def test_without_metadata_nothing_of_the_prompt_is_in_it(alice):
    archive = unzipped([make_image(alice)], alice, metadata=False)
    (name,) = archive.namelist()
    assert read_texts(archive.read(name)) == {}


@pytest.mark.django_db
def test_what_the_owner_may_not_have_is_left_out_and_missing_files_are_named(alice, charlie, held):
    trashed, lost, foreign = make_image(alice), make_image(alice), make_image(charlie)
    Image.objects.filter(pk=trashed.pk).update(trashed_at=trashed.created_at)
    default_storage.delete(lost.file)
    archive = unzipped([trashed, lost, foreign, held], alice)
    assert archive.namelist() == ["missing.txt"]
    assert f"{file_stem(lost)}.png" in archive.read("missing.txt").decode()
    assert select_images(owner=alice, ids=[trashed.pk, lost.pk, foreign.pk, held.pk]) == lost.pk.bytes


@pytest.mark.django_db
def test_the_queries_do_not_grow_with_the_images(alice, django_assert_max_num_queries):
    images = [make_image(alice, index=index) for index in range(6)]
    with django_assert_max_num_queries(2):
        unzipped(images, alice)


class SlowClient(Backpressure):
    """A connection that is clear only when the test says so."""

    def __init__(self):
        super().__init__()
        self.read = asyncio.Event()

    async def clear(self):
        await self.read.wait()


async def test_nothing_is_made_before_the_client_reads_and_leaving_frees_the_turn(valkey):
    made = []

    def parts():
        for number in range(10):
            made.append(number)
            yield bytes(2**18)

    turn = take_turn("zip", "someone", message="")
    client = SlowClient()
    sent = send_parts(parts(), turn, client)
    await anext(sent)
    following = asyncio.ensure_future(anext(sent))
    await asyncio.sleep(0)
    assert made == [0]
    with pytest.raises(AlreadyRunning):
        take_turn("zip", "someone", message="")
    client.read.set()
    await following
    assert made == [0, 1]
    await sent.aclose()
    take_turn("zip", "someone", message="").release()
