"""Verbs for checkpoints on their way from the Hub: ask for one, call it off, go on, and the fetching itself.

The fetching runs in a process of its own (`manage.py tend_checkpoints`), one download after the other: neither pages
nor pictures wait for it. Whoever holds the lock beside the files is that process; a row that says RUNNING while nobody
holds it was left by one that died. What came lies below checkpoints/.downloads until it is whole.
"""

import fcntl
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from generation.checkpoints.actions import HUB_ID, LocationRefused, add_checkpoint
from generation.errors import GenerationError
from generation.models import Checkpoint, CheckpointDownload
from generation.weights import hub_download
from generation.weights.checkpoint_inspection import checksum, inspect
from generation.weights.sources import CheckpointSource
from sdsite.accounts import audit
from sdsite.accounts.models import User

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 5  # processes that may die over one download
REPORT_SECONDS = 1.0
BROKEN = "Something unexpected went wrong; the log of the site has the details. What was fetched is kept: resume."
State = CheckpointDownload.State


class DownloadCancelled(Exception):
    """Somebody cancelled the download."""


class StopRequested(Exception):
    """The process is asked to end; the download goes on later."""


def downloads_folder() -> Path:
    """Return where unfinished downloads lie."""
    return Path(settings.MODELS_DIR) / ".downloads"


def get_target_folder(download: CheckpointDownload) -> Path:
    """Return where the finished checkpoint will lie."""
    return Path(settings.MODELS_DIR) / (f"{download.slug}.safetensors" if download.filename else download.slug)


def check_request(download: CheckpointDownload) -> None:
    """Refuse a download that cannot work.

    Raises:
        LocationRefused: it names no Hub id, its slug is taken, or something lies at its place.
    """
    if not HUB_ID.fullmatch(download.repository):
        raise LocationRefused("A Hub id looks like owner/name: letters, digits, dots, hyphens and underscores.")
    if Checkpoint.objects.filter(slug=download.slug).exists():
        raise LocationRefused(f"There is a checkpoint {download.slug} already; choose another slug.")
    if CheckpointDownload.objects.unfinished().filter(slug=download.slug).exists():
        raise LocationRefused(f"{download.slug} is being fetched already.")
    if get_target_folder(download).exists():
        raise LocationRefused(f"{get_target_folder(download)} exists already; scan the folder, or choose another slug.")


def request_download(*, actor: User, download: CheckpointDownload) -> CheckpointDownload:
    """Store `download` (repository, revision, filename, half, slug, title) as waiting.

    Raises:
        LocationRefused: as for `check_request`.
    """
    check_request(download)
    download.requested_by = actor
    try:
        with transaction.atomic():
            download.save(force_insert=True)
            audit.record(actor=actor, action="download.created", target=download)
    except IntegrityError as error:  # two at once
        raise LocationRefused(f"{download.slug} is being fetched already.") from error
    return download


def cancel_download(*, download: CheckpointDownload, actor: User) -> bool:
    """Stop fetching, at once or at the next piece that arrives; return whether there was something to stop."""
    mine = CheckpointDownload.objects.filter(pk=download.pk)
    asked = mine.filter(state=State.QUEUED).update(state=State.CANCELLED, finished_at=timezone.now()) or mine.filter(
        state=State.RUNNING
    ).update(cancel_requested=True)
    if asked:
        audit.record(actor=actor, action="download.cancelled", target=download)
    return bool(asked)


def resume_download(*, download: CheckpointDownload, actor: User) -> bool:
    """Go on with one that failed or was cancelled; return whether it was. What lies on the disk is kept.

    Raises:
        LocationRefused: another download uses its slug by now.
    """
    ended = CheckpointDownload.objects.filter(pk=download.pk, state__in=(State.FAILED, State.CANCELLED))
    try:
        with transaction.atomic():
            changed = ended.update(state=State.QUEUED, error="", attempt=0, cancel_requested=False, finished_at=None)
            if changed:
                audit.record(actor=actor, action="download.resumed", target=download)
    except IntegrityError as error:
        raise LocationRefused(f"{download.slug} is being fetched already.") from error
    return bool(changed)


def discard_files(download: CheckpointDownload) -> None:
    """Remove what lies on the disk of a download that nobody will resume."""
    shutil.rmtree(downloads_folder() / download.slug, ignore_errors=True)


@contextmanager
def exclusive_lock() -> Iterator[bool]:
    """Hold the lock of the fetching process; yields False where another holds it."""
    downloads_folder().mkdir(parents=True, exist_ok=True)
    with (downloads_folder() / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def take_next() -> CheckpointDownload | None:
    """Return the download that is to be fetched now, marked RUNNING; call it with the lock held.

    Those that a dead process left behind come first; after MOST_ATTEMPTS of them a download fails.
    """
    for download in CheckpointDownload.objects.unfinished():
        if download.cancel_requested:
            _end(download, State.CANCELLED)
        elif download.attempt >= MOST_ATTEMPTS:
            _end(download, State.FAILED, f"The process that fetched it died {MOST_ATTEMPTS} times.")
        else:
            changes = {"state": State.RUNNING, "attempt": download.attempt + 1, "heartbeat_at": timezone.now()}
            mine = CheckpointDownload.objects.filter(pk=download.pk, state__in=CheckpointDownload.UNFINISHED)
            if mine.update(**changes):
                download.refresh_from_db()
                return download
    return None


def run(download: CheckpointDownload, *, ending: Callable[[], bool] = lambda: False) -> None:
    """Fetch `download` and see it to its end; never raises but for a database that is away.

    `ending()` tells whether this process is asked to end: the download then waits for the next one.
    """
    telling = _Telling(download, ending)
    try:
        checkpoint = _fetch(download, telling)
    except DownloadCancelled:
        _end(download, State.CANCELLED)
        if not CheckpointDownload.objects.filter(pk=download.pk).exists():
            discard_files(download)
    except StopRequested:
        CheckpointDownload.objects.filter(pk=download.pk).update(state=State.QUEUED, attempt=download.attempt - 1)
    except (GenerationError, LocationRefused, OSError) as error:
        logger.warning("download %s of %s failed: %s", download.pk, download, error)
        _end(download, State.FAILED, str(error))
    except Exception:
        logger.exception("download %s of %s", download.pk, download)
        _end(download, State.FAILED, BROKEN)
    else:
        _end(download, State.DONE, checkpoint=checkpoint)
        logger.info("fetched %s as %s", download, checkpoint.slug)


def _fetch(download: CheckpointDownload, telling: "_Telling") -> Checkpoint:
    staging, target = downloads_folder() / download.slug, get_target_folder(download)
    if target.exists():
        raise LocationRefused(f"{target} exists already; scan the folder for it, or move it away and resume.")
    revision = download.commit or download.revision
    plan = hub_download.make_plan(
        download.repository, revision=revision, filename=download.filename, half=download.half
    )
    CheckpointDownload.objects.filter(pk=download.pk).update(commit=plan.commit, bytes_total=plan.total_bytes)
    hub_download.fetch(plan, staging, told=telling)
    telling.now(plan.total_bytes)
    fetched = staging / download.filename if download.filename else staging
    kind = Checkpoint.Kind.FILE if download.filename else Checkpoint.Kind.FOLDER
    source = CheckpointSource(download.slug, kind, str(fetched))
    found, digest = inspect(source), checksum(source, lambda: telling(plan.total_bytes))
    with transaction.atomic():
        checkpoint = add_checkpoint(
            slug=download.slug,
            title=download.title,
            kind=kind,
            location=str(target),
            found=found,
            sha256=digest,
            actor=download.requested_by,
        )
        fetched.rename(target)
    discard_files(download)
    return checkpoint


class _Telling:
    """Writes how far a download is, at most once in TOLD_SECONDS, and reads whether somebody called it off."""

    def __init__(self, download: CheckpointDownload, ending: Callable[[], bool]) -> None:
        self._rows = CheckpointDownload.objects.filter(pk=download.pk)
        self._ending = ending
        self._told_at = 0.0

    def __call__(self, done: int) -> None:
        if time.monotonic() - self._told_at > REPORT_SECONDS:
            self.now(done)
        if self._ending():
            raise StopRequested

    def now(self, done: int) -> None:
        self._told_at = time.monotonic()
        self._rows.update(bytes_done=done, heartbeat_at=timezone.now())
        if self._rows.values_list("cancel_requested", flat=True).first() in (True, None):
            raise DownloadCancelled


def _end(download: CheckpointDownload, state: str, error: str = "", *, checkpoint: Checkpoint | None = None) -> None:
    CheckpointDownload.objects.filter(pk=download.pk).update(
        state=state, error=error, checkpoint=checkpoint, cancel_requested=False, finished_at=timezone.now()
    )
