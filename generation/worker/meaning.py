"""Search by meaning in a worker: it answers what words mean, and gives images their vectors while nothing else runs.

One worker of the site does it, whichever is first; another one goes on where it ends. The model runs on the CPU, so
that no job finds the accelerator's memory or its next step taken.
"""

import json
import logging
import threading
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.core.files.storage import default_storage
from django.db import DatabaseError, close_old_connections, connection
from PIL import Image as Pillow
from redis import RedisError

from gallery.imaging.open_image import UnusableImage, open_image
from gallery.models import Image, MeaningModel
from gallery.search.meaning import index
from gallery.search.meaning.vectors import Floats
from gallery.search.meaning.words import ASKED, KEPT_SECONDS, MOST_WAITING, READY, READY_SECONDS, vector_key
from generation import redis_client
from generation.models import Adapter
from generation.weights.checkpoint_inspection import checksum
from generation.weights.sources import CheckpointSource
from generation.worker.session import WorkerSession

if TYPE_CHECKING:
    from generation.pipelines.encoding.image_text import ImageTextEncoder

logger = logging.getLogger(__name__)

HELD = "sdsite:meaning:held"  # name of the worker that does it
LOOK_SECONDS = 2.0  # between two looks at what is configured
LOADING_SECONDS = 300  # for which no other worker takes over while one loads
WAIT_SECONDS = 0.25  # for words, while there is nothing else to do; far below what Redis may take to answer
AT_ONCE = 4  # images in one call of the model: a job that begins waits for no more
TRIED_AGAIN = 30  # looks after which a model that could not be loaded is tried again


class MeaningService:
    """The part of a worker that holds the site's search model; `run` is its thread."""

    def __init__(self, session: WorkerSession) -> None:
        """Prepare it; nothing is loaded before the first round."""
        self._session = session
        self._encoder: ImageTextEncoder | None = None
        self._row: MeaningModel | None = None
        self._loaded: tuple[int, str] | None = None  # the adapter's id and its location
        self._pause = 0

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self.run, name="meaning", daemon=True).start()

    def run(self) -> None:
        """Work until the session ends."""
        while not self._session.has_ended():
            try:
                close_old_connections()
                self._wait(self.work())
            except (DatabaseError, RedisError, OSError) as error:
                logger.debug("search by meaning waits: %s", error)
                connection.close()
                self._session.has_ended(LOOK_SECONDS)
            except Exception:  # generating goes on without it
                logger.exception("search by meaning failed")
                self._session.has_ended(LOOK_SECONDS)
        self._release()
        connection.close()

    def _release(self) -> None:
        """Let another worker go on at once."""
        with suppress(RedisError):
            if _holder() == self._session.name:
                redis_client.connection().delete(HELD, READY)

    def _wait(self, has_model: bool) -> None:
        if not has_model:
            self._session.has_ended(LOOK_SECONDS)

    def work(self) -> bool:
        """Look at what is configured, answer words, index some images; return whether there is a model."""
        redis = redis_client.connection()
        if not self._hold():
            self._drop()
            return False
        if not self._load():
            redis.delete(READY)
            return False
        assert self._row is not None
        redis.set(READY, self._row.sha256, ex=READY_SECONDS)
        self.answer(0.0)
        if not self._session.held() and self.index_some():
            return True
        self.answer(WAIT_SECONDS)
        return True

    def _hold(self) -> bool:
        """Become, or stay, the one worker that does it."""
        redis, name = redis_client.connection(), self._session.name
        if redis.set(HELD, name, nx=True, ex=READY_SECONDS):
            return True
        if _holder() != name:
            return False
        redis.expire(HELD, READY_SECONDS)
        return True

    def _load(self) -> bool:
        """Load the enabled model if it is not loaded, and begin its index; return whether there is one."""
        adapter = Adapter.objects.enabled().of_kind(Adapter.Kind.SEARCH_MODEL).order_by("-pk").first()
        if adapter is None:
            if index.current_model() is not None:
                index.end()
            self._drop()
            return False
        wanted = (adapter.pk, str(adapter.path))
        if self._encoder is None or self._loaded != wanted:
            if self._pause:
                self._pause -= 1
                return False
            if not self._read(adapter):
                self._pause = TRIED_AGAIN
                return False
            self._loaded = wanted
        self._row = index.current_model() or self._begin(adapter)
        return True

    def _read(self, adapter: Adapter) -> bool:
        from generation.pipelines.encoding.image_text import EncoderUnavailable, ImageTextEncoder  # imports torch

        self._drop()
        redis_client.connection().expire(HELD, LOADING_SECONDS)
        try:
            self._encoder = ImageTextEncoder(adapter.path)
        except EncoderUnavailable as error:
            logger.error("the search model %s: %s", adapter.slug, error)
            Adapter.objects.filter(pk=adapter.pk).update(last_error=str(error))
            return False
        digest = adapter.sha256 or checksum(CheckpointSource(adapter.slug, "folder", str(adapter.path)))
        Adapter.objects.filter(pk=adapter.pk).update(sha256=digest, last_error="")
        adapter.sha256 = digest
        self._row = self._begin(adapter)
        return True

    def _begin(self, adapter: Adapter) -> MeaningModel:
        assert self._encoder is not None
        return index.begin(sha256=adapter.sha256, title=adapter.title, dimensions=self._encoder.dimensions)

    def _drop(self) -> None:
        self._encoder = self._row = self._loaded = None

    def answer(self, seconds: float) -> int:
        """Compute the vectors of the words that are asked for; wait for some for at most `seconds`; return how many."""
        redis: Any = redis_client.connection()
        if seconds:
            first = redis.blpop([ASKED], timeout=seconds)
            asked = [first[1]] if first else []
        else:
            asked = []
        asked += redis.lpop(ASKED, MOST_WAITING - len(asked)) or []
        texts = sorted(
            {one["text"] for one in map(json.loads, asked) if self._row and one["sha256"] == self._row.sha256}
        )
        if not texts or self._encoder is None or self._row is None:
            return 0
        for text, vector in zip(texts, self._encoder.encode_texts(texts), strict=True):
            redis.set(vector_key(self._row.sha256, text), vector.tobytes(), ex=KEPT_SECONDS)
        return len(texts)

    def index_some(self) -> bool:
        """Store the vectors of some images that lack one; return whether there may be more."""
        assert self._row is not None
        images = index.next_images(self._row, AT_ONCE)
        if images:
            index.store_vectors(self._row, self._vectors(images))
        return bool(images) or not self._row.is_finished

    def _vectors(self, images: list[Image]) -> dict[uuid.UUID, Floats | None]:
        opened = {image.pk: _open(image) for image in images}
        usable = {pk: pixels for pk, pixels in opened.items() if pixels is not None}
        found: dict[uuid.UUID, Floats | None] = dict.fromkeys(opened)
        if usable and self._encoder is not None:
            found |= dict(zip(usable, self._encoder.encode_images(list(usable.values())), strict=True))
        return found


def _holder() -> str:
    name: Any = redis_client.connection().get(HELD)
    return name.decode() if name else ""


def _open(image: Image) -> Pillow.Image | None:
    try:
        with default_storage.open(image.thumbnail) as file:
            return open_image(file.read()).convert("RGB")
    except (OSError, UnusableImage) as error:
        logger.warning("image %s is not found by meaning, its thumbnail cannot be read: %s", image.pk, error)
        return None
