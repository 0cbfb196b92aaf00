"""Filling of a database with many made-up images, without files: the same rows for the same numbers."""

import json
import random
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection, models, transaction

from gallery.models import Collection, CollectionItem, HashBand, Image, ImageLora, ImageTag, ImageWord
from gallery.search.index import search_columns
from gallery.search.similar import bands_of_image
from gallery.search.tokenizer import unique_words
from sdsite.accounts.models import User
from sdsite.devtools.bench.gallery.copies import copy_images

AT_ONCE = 5000
BLOCK = 50_000  # images that are made up; further ones are copies of them
SHARE = 5  # one image in so many is the measured person's
DAYS = 730
OTHERS = 50  # people who own the other images
VOCABULARY = 5000
WORDS = 9  # of a prompt
COLLECTIONS, TAGS = 40, 60
CHECKPOINTS = ["starter", "sdxl-base", "flux-dev", "pony", "illustrious", "sd35-medium", "z-image"]
SAMPLERS = ["ddim", "euler_a", "dpmpp_2m", "unipc"]
TASKS = ["text_to_image"] * 8 + ["image_to_image"] * 2 + ["inpaint"]
SIZES = [(512, 512), (512, 768), (768, 512), (1024, 1024), (832, 1216), (1216, 832)]
FORMATS = ["png"] * 9 + ["webp"]
LORAS = [f"style-{number}" for number in range(30)]
START = datetime(2024, 1, 1, tzinfo=UTC)
BETWEEN = timedelta(days=DAYS) / 1_000_000  # from one image to the next
MODELS: tuple[type[models.Model], ...] = (Image, ImageWord, ImageTag, ImageLora, HashBand, CollectionItem)


def word(number: int) -> str:
    """Return a made-up word; low numbers are frequent ones."""
    syllables = ("ba", "co", "di", "fu", "ga", "he", "ji", "lo", "ma", "ne", "po", "ra", "si", "tu", "vo", "zu")
    return "".join(syllables[number // 16**place % 16] for place in range(4))


def fill(owner: User, first: int, last: int) -> None:
    """Store the images with the numbers `first` to `last` - 1; one in SHARE is of `owner`, the others of OTHERS.

    Indexes are made after the rows, which is several times faster.
    """
    people = [owner.pk, *_others()]
    collections = _collections(owner)
    indexes = [(model, index) for model in MODELS for index in model._meta.indexes]
    with connection.schema_editor(atomic=False) as editor:
        for model, index in indexes:
            editor.remove_index(model, index)
        _write(first, min(last, BLOCK), people, collections)
        _copy(first, last)
        for model, index in indexes:
            editor.add_index(model, index)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def _copy(first: int, last: int) -> None:
    for copy in range(max(first, BLOCK) // BLOCK, -(-last // BLOCK)):
        start = copy * BLOCK
        with transaction.atomic():
            copy_images(MODELS, max(first - start, 0), min(last - start, BLOCK), copy, (BLOCK * BETWEEN) * copy)


def _others() -> list[int]:
    people = [User(username=f"bench-{number}", email=f"bench-{number}@example.org") for number in range(OTHERS)]
    User.objects.bulk_create(people, ignore_conflicts=True)
    return list(User.objects.filter(username__startswith="bench-").order_by("pk").values_list("pk", flat=True))


def _collections(owner: User) -> list[uuid.UUID]:
    names = [f"Collection {number}" for number in range(COLLECTIONS)]
    rows = [Collection(id=_key("collection", at), owner=owner, name=n, folded=n.lower()) for at, n in enumerate(names)]
    Collection.objects.bulk_create(rows, ignore_conflicts=True)
    return [row.pk for row in rows]


def _key(*parts: object) -> uuid.UUID:
    return uuid.UUID(int=random.Random(repr(parts)).getrandbits(128), version=4)


def _write(first: int, last: int, people: list[int], collections: list[uuid.UUID]) -> None:
    numbers = iter(range(first, last))
    while some := list(islice(numbers, AT_ONCE)):
        images = [_image(number, people) for number in some]
        with transaction.atomic():
            _insert(Image, images)
            _insert(ImageWord, _words(images))
            _insert(HashBand, (band for image in images for band in bands_of_image(image)))
            _insert(ImageTag, _tags(images, some))
            _insert(ImageLora, _loras(images))
            _insert(CollectionItem, _items(images, some, collections, people[0]))


def _image(number: int, people: list[int]) -> Image:
    """Return image `number`: four of a job, newer ones with higher numbers, words by Zipf's law."""
    rng = random.Random(number)
    job = number // 4
    owner = people[0] if job % SHARE == 0 else people[1 + job % (len(people) - 1)]
    prompt = " ".join(word(int(VOCABULARY ** rng.random()) - 1) for _ in range(WORDS))
    width, height = rng.choice(SIZES)
    loras = [{"name": name, "weight": 1.0} for name in rng.sample(LORAS, rng.choice((0, 0, 1, 2)))]
    parameters: dict[str, Any] = {
        "prompt": prompt,
        "checkpoint": rng.choice(CHECKPOINTS),
        "sampler": rng.choice(SAMPLERS),
    }
    parameters |= {"task": rng.choice(TASKS), "loras": loras, "steps": 20, "guidance_scale": 4.0, "width": width}
    parameters |= {"height": height, "negative_prompt": "blurred, low quality, watermark", "schedule": "karras"}
    created_at = START + BETWEEN * number + timedelta(seconds=rng.random())
    is_public = rng.random() < 0.02
    return Image(
        id=uuid.UUID(int=rng.getrandbits(128), version=4),
        owner_id=owner,
        job_id=_key("job", job),
        job_created_at=START + BETWEEN * (4 * job),
        index=number % 4,
        seed=rng.getrandbits(31),
        prompt=prompt,
        width=width,
        height=height,
        format=rng.choice(FORMATS),
        file=f"images/{number}.png",
        thumbnail=f"thumbnails/{number}.webp",
        thumbhash="3OcRJYB4d3h/iIeHeEh3eIhw+j2w",
        perceptual_hash=rng.getrandbits(64) - 2**63,
        size_bytes=400_000,
        sha256=f"{number:064x}",
        parameters=parameters,
        **search_columns(prompt, parameters),
        receipt={"seconds": 1.2, "batch_size": 4, "device": "cpu", "versions": {"torch": "2", "diffusers": "0"}},
        created_at=created_at,
        is_favourite=rng.random() < 0.05,
        rating=rng.choice((0,) * 15 + (1, 2, 3, 4, 5)),
        trashed_at=created_at if rng.random() < 0.005 else None,
        visibility="public" if is_public else "private",
        published_at=created_at if is_public else None,
    )


def _words(images: Iterable[Image]) -> Iterator[ImageWord]:
    for image in images:
        for one in unique_words(image.searched_text or ""):
            yield ImageWord(image_id=image.pk, owner_id=image.owner_id, word=one)


def _tags(images: list[Image], numbers: list[int]) -> Iterator[ImageTag]:
    for image, number in zip(images, numbers, strict=True):
        if number % 3 == 0:
            yield ImageTag(image_id=image.pk, owner_id=image.owner_id, name=f"tag {number // 3 % TAGS}")


def _loras(images: Iterable[Image]) -> Iterator[ImageLora]:
    for image in images:
        for lora in image.parameters["loras"]:
            yield ImageLora(image_id=image.pk, owner_id=image.owner_id, name=lora["name"])


def _items(
    images: list[Image], numbers: list[int], collections: list[uuid.UUID], owner: int
) -> Iterator[CollectionItem]:
    for image, number in zip(images, numbers, strict=True):
        if image.owner_id == owner and number % 2:
            yield CollectionItem(collection_id=collections[number // 2 % COLLECTIONS], image_id=image.pk)


def _insert(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Insert rows with their columns as the database takes them; Django's own way costs several times as much."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.BigAutoField)]
    encoders = [_encoder(field) for field in fields]
    values = (
        [encode(getattr(row, field.attname)) for field, encode in zip(fields, encoders, strict=True)] for row in rows
    )
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in fields)
    table = quote(str(model._meta.db_table))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for one in values:
                    copy.write_row(one)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values))  # noqa: S608 (names of columns)


def _encoder(field: Any) -> Any:
    if isinstance(field, models.JSONField):
        return json.dumps
    if connection.vendor == "postgresql":
        return lambda value: value
    if isinstance(field, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    return lambda value: value.hex if isinstance(value, uuid.UUID) else value
