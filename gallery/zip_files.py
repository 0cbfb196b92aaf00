"""Zip files of many images, made while they are sent: one image in memory at a time, and no transaction."""

import asyncio
import json
import re
import unicodedata
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED

from asgiref.sync import sync_to_async
from django.core.files.storage import default_storage
from django.db import connection
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from zipstream import ZipStream

from gallery.actions.bulk.run import find_images, pack, unpack
from gallery.imaging.embedded_text import UnreadableFile
from gallery.imaging.strip_metadata import strip_metadata
from gallery.kept_steps import NoSuchStep, read_step, step_name
from gallery.models import Image
from gallery.models.image import ImageQuerySet
from gallery.search.filters import ImageFilter
from gallery.serializers import serialize_image
from sdsite.core.backpressure import Backpressure
from sdsite.core.exclusive import SECONDS, Turn, take_turn

MOST_ZIPPED = 10_000  # images of one zip file
RUNNING = "You are downloading a zip file already. Start the next one when it has ended."
CHUNK = 2**16  # bytes
ROWS = 50  # images whose rows are read together
SENT_TOGETHER = 2**18  # bytes handed to the connection at once
STUCK_SECONDS = 120  # without the client reading anything, after which the download ends
RENEWED_EVERY = SECONDS / 3
LONGEST_PROMPT = 60  # characters of a file name
_UNSAFE = re.compile(r'[<>:"/\\|?*]|\s')
_FIELDS = (
    *("id", "job_id", "index", "seed", "created_at"),
    *("favourite", "rating", "note", "tags", "parameters", "receipt"),
)


def file_stem(image: Image) -> str:
    """Return a readable file name without its ending, safe on every system: "2026-11-30 a red heart 7"."""
    text = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in image.prompt[:200])
    words = " ".join(_UNSAFE.sub(" ", unicodedata.normalize("NFC", text)).split())
    prompt = words[:LONGEST_PROMPT].strip(" .") or "image"
    return f"{image.created_at.date()} {prompt} {image.seed}"


class Names:
    """Gives each file of a zip a name of its own, also where upper and lower case are the same."""

    def __init__(self) -> None:
        """Start without names."""
        self._taken: set[str] = set()

    def unique(self, stem: str) -> str:
        """Return `stem`, or with the first free number: "a red heart 7 (2)"."""
        name, number = stem, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem} ({number})"
        self._taken.add(name.casefold())
        return name


def select_images(*, owner: Any, ids: Sequence[uuid.UUID] | None = None, search: ImageFilter | None = None) -> bytes:
    """Return the packed ids of those of the owner's images that are named or match and may be downloaded.

    Raises:
        ValidationError: `search` matches more than MOST_ZIPPED.
    """
    if search is not None:
        return find_images(owner=owner, search=search, most=MOST_ZIPPED)
    own = Image.objects.owned_by(owner).kept().viewable().filter(pk__in=ids or ())
    found = set(own.values_list("pk", flat=True))
    return pack([pk for pk in dict.fromkeys(ids or ()) if pk in found])


def zip_parts(packed: bytes, owner: Any, *, metadata: bool = True, steps: bool = False) -> Iterator[bytes]:
    """Yield the zip file of the owner's images with the packed ids.

    Beside each image lies a JSON file with its parameters and marks; without `metadata` there is none, and the image
    files have no texts. `steps`: the previews of its kept steps lie in a folder beside it. Images that are deleted,
    trashed or put under review meanwhile are left out, and those whose file is missing are named in `missing.txt`.
    """
    stream = ZipStream(sized=False)
    shown = Image.objects.owned_by(owner).kept().viewable()
    yield from add_images(stream, packed, shown, metadata=metadata, steps=steps)
    yield from stream.finalize()


def add_images(
    stream: ZipStream,
    packed: bytes,
    shown: ImageQuerySet,
    *,
    folder: str = "",
    metadata: bool = True,
    steps: bool = False,
) -> Iterator[bytes]:
    """Add those images of `shown` with the packed ids to a zip file, below `folder`, and yield its bytes so far."""
    names, missing = Names(), []
    for ids in unpack(packed):
        for start in range(0, len(ids), ROWS):
            for image in _rows(ids[start : start + ROWS], shown):
                stem = f"{folder}{names.unique(file_stem(image))}"
                if not default_storage.exists(image.file):
                    missing.append(f"{stem}.{image.format}")
                    continue
                stream.add(_content(image, metadata), f"{stem}.{image.format}", compress_type=ZIP_STORED)
                if metadata:
                    stream.add(_json(image), f"{stem}.json", compress_type=ZIP_DEFLATED)
                for step in image.kept_steps if steps else ():
                    stream.add(_step(image, step), f"{stem}/{step_name(step)}", compress_type=ZIP_STORED)
                yield from stream.all_files()
    if missing:
        stream.add("\n".join(["The files of these images are missing:", *missing, ""]), f"{folder}missing.txt")
        yield from stream.all_files()


def _rows(ids: list[Any], shown: ImageQuerySet) -> list[Image]:
    """Return the rows in the order of `ids`."""
    rows = {image.pk: image for image in shown.filter(pk__in=ids).prefetch_related("tags")}
    return [rows[pk] for pk in ids if pk in rows]


def _content(image: Image, metadata: bool) -> Any:
    return _chunks(image.file) if metadata else _stripped(image.file)


def _chunks(name: str) -> Iterator[bytes]:
    with default_storage.open(name) as file:
        yield from file.chunks(CHUNK)


def _step(image: Image, step: int) -> Iterator[bytes]:
    try:
        yield read_step(image, step)
    except NoSuchStep:
        yield b""  # its file is gone


def _stripped(name: str) -> Iterator[bytes]:
    with default_storage.open(name) as file:
        data = file.read()
    try:
        yield strip_metadata(data)
    except UnreadableFile:
        yield b""  # rather an empty file than one with the texts that must not be in it


def _json(image: Image) -> str:
    known = serialize_image(image).model_dump(mode="json") | {"note": image.note, "receipt": image.receipt}
    return json.dumps({name: known[name] for name in _FIELDS}, ensure_ascii=False, indent=2)


class ZipResponse(StreamingHttpResponse):
    """Response that sends a zip file, and lets its owner start the next one when it ends, sent or not."""

    def __init__(self, parts: AsyncIterator[bytes], turn: Turn, **options: Any) -> None:
        """Send `parts`."""
        super().__init__(parts, content_type="application/zip", **options)
        self._turn = turn

    def close(self) -> None:
        """Release the turn too: `parts` does so only if it was begun."""
        super().close()
        self._turn.release()


def zip_response(
    packed: bytes, owner: Any, *, backpressure: Backpressure, metadata: bool = True, steps: bool = False
) -> ZipResponse:
    """Return the response that sends the zip file; it ends when the client leaves. Call it from a thread.

    Raises:
        AlreadyRunning: the owner is downloading another one.
    """
    number = len(packed) // 16
    name = f"sdsite {timezone.now().date()} {number} image{'' if number == 1 else 's'}.zip"
    parts = zip_parts(packed, owner, metadata=metadata, steps=steps)
    return send_zip(parts, owner, name=name, backpressure=backpressure)


def send_zip(parts: Iterator[bytes], owner: Any, *, name: str, backpressure: Backpressure) -> ZipResponse:
    """Return the response that sends a zip file of `owner` under a name, as `zip_response` does.

    Raises:
        AlreadyRunning: the owner is downloading another one.
    """
    turn = take_turn("zip", owner.pk, message=RUNNING)
    headers = {
        "Content-Disposition": content_disposition_header(True, name),
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",  # nginx would collect it in a file
        "Content-Encoding": "identity",  # image files do not get smaller
    }
    return ZipResponse(send_parts(parts, turn, backpressure), turn, headers=headers)


async def send_parts(parts: Iterator[bytes], turn: Turn, backpressure: Backpressure) -> AsyncIterator[bytes]:
    """Yield `parts` from a thread, some at a time, at the pace at which the client reads them."""
    loop = asyncio.get_running_loop()
    renew_at = loop.time() + RENEWED_EVERY
    backpressure.open()
    try:
        while data := await sync_to_async(_next_parts, thread_sensitive=False)(parts):
            yield data
            stuck_at = loop.time() + STUCK_SECONDS
            while True:
                if loop.time() > renew_at:
                    renew_at = loop.time() + RENEWED_EVERY
                    await sync_to_async(turn.renew, thread_sensitive=False)()
                try:
                    await asyncio.wait_for(backpressure.clear(), RENEWED_EVERY)
                    break
                except TimeoutError:
                    if loop.time() > stuck_at:
                        return
    finally:
        backpressure.close()
        await asyncio.shield(sync_to_async(turn.release, thread_sensitive=False)())


def _next_parts(parts: Iterator[bytes]) -> bytes:
    collected = bytearray()
    try:
        while len(collected) < SENT_TOGETHER and (part := next(parts, None)) is not None:
            collected += part
    finally:
        connection.close()  # the next part may be asked for by another thread, and much later
    return bytes(collected)
