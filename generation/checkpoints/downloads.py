"""Downloads of checkpoints from the Hub: request, cancel, resume, and the downloading itself.

Downloading runs in a process of its own (`manage.py tend_checkpoints`), one download after the other, so that neither
pages nor jobs wait for it. That process holds a lock beside the files; a row that is RUNNING while the lock is free was
left by a process that died. Files lie below checkpoints/.downloads until the download is complete.
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

MOST_ATTEMPTS = 5  # processes that may die during one download
REPORT_SECONDS = 1.0
BROKEN = "Something unexpected went wrong; the log of the site has the details. The downloaded files are kept: resume."
State = CheckpointDownload.State


class DownloadCancelled(Exception):
    """The download was cancelled."""


class StopRequested(Exception):
    """The process was asked to stop; the download continues later."""


def downloads_folder() -> Path:
    """Return the folder of unfinished downloads."""
    return Path(settings.MODELS_DIR) / ".downloads"


def get_target_folder(download: CheckpointDownload) -> Path:
    """Return the path of the checkpoint once it is downloaded."""
    return Path(settings.MODELS_DIR) / (f"{download.slug}.safetensors" if download.filename else download.slug)


def check_request(download: CheckpointDownload) -> None:
    """Check that a download can succeed.

    Raises:
        LocationRefused: the repository is not a Hub id, the slug is taken, or the target path exists.
    """
    if not HUB_ID.fullmatch(download.repository):
        raise LocationRefused("A Hub id looks like owner/name: letters, digits, dots, hyphens and underscores.")
    if Checkpoint.objects.filter(slug=download.slug).exists():
        raise LocationRefused(f"There already is a checkpoint {download.slug}; choose another slug.")
    if CheckpointDownload.objects.unfinished().filter(slug=download.slug).exists():
        raise LocationRefused(f"{download.slug} is being downloaded already.")
    if get_target_folder(download).exists():
        raise LocationRefused(f"{get_target_folder(download)} exists already; scan the folder, or choose another slug.")


def request_download(*, actor: User, download: CheckpointDownload) -> CheckpointDownload:
    """Store `download` (repository, revision, filename, half, slug, title) as queued.

    Raises:
        LocationRefused: as for `check_request`.
    """
    check_request(download)
    download.requested_by = actor
    try:
        with transaction.atomic():
            download.save(force_insert=True)
            audit.record(actor=actor, action="download.created", target=download)
    except IntegrityError as error:  # two requests at once
        raise LocationRefused(f"{download.slug} is being downloaded already.") from error
    return download


@transaction.atomic
def cancel_download(*, download: CheckpointDownload, actor: User) -> bool:
    """Cancel a download, at once or at the next chunk that arrives; return whether it could be cancelled."""
    row = CheckpointDownload.objects.filter(pk=download.pk)
    cancelled = row.filter(state=State.QUEUED).update(state=State.CANCELLED, finished_at=timezone.now()) or row.filter(
        state=State.RUNNING
    ).update(cancel_requested=True)
    if cancelled:
        audit.record(actor=actor, action="download.cancelled", target=download)
    return bool(cancelled)


def resume_download(*, download: CheckpointDownload, actor: User) -> bool:
    """Queue a failed or cancelled download again; return whether it was one. Downloaded files are kept.

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
        raise LocationRefused(f"{download.slug} is being downloaded already.") from error
    return bool(changed)


def discard_files(download: CheckpointDownload) -> None:
    """Delete the files of a download that will not be resumed."""
    shutil.rmtree(downloads_folder() / download.slug, ignore_errors=True)


@contextmanager
def exclusive_lock() -> Iterator[bool]:
    """Hold the lock of the downloading process; yield False if another process holds it."""
    downloads_folder().mkdir(parents=True, exist_ok=True)
    with (downloads_folder() / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def take_next() -> CheckpointDownload | None:
    """Return the next download, marked RUNNING, or None; call it with the lock held.

    Downloads left by a process that died come first; after MOST_ATTEMPTS attempts a download fails.
    """
    for download in CheckpointDownload.objects.unfinished():
        if download.cancel_requested:
            _end(download, State.CANCELLED)
        elif download.attempt >= MOST_ATTEMPTS:
            _end(download, State.FAILED, f"The downloading process died {MOST_ATTEMPTS} times.")
        else:
            changes = {"state": State.RUNNING, "attempt": download.attempt + 1, "heartbeat_at": timezone.now()}
            row = CheckpointDownload.objects.filter(pk=download.pk, state__in=CheckpointDownload.UNFINISHED)
            if row.update(**changes):
                download.refresh_from_db()
                return download
    return None


def run(download: CheckpointDownload, *, should_stop: Callable[[], bool] = lambda: False) -> None:
    """Download `download` and record how it ended; raises only if the database cannot be reached.

    `should_stop()` tells whether this process was asked to stop: the download is then queued again.
    """
    progress = _Progress(download, should_stop)
    try:
        checkpoint = _fetch(download, progress)
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
        logger.info("downloaded %s as %s", download, checkpoint.slug)


def _fetch(download: CheckpointDownload, progress: "_Progress") -> Checkpoint:
    staging, target = downloads_folder() / download.slug, get_target_folder(download)
    if target.exists():
        raise LocationRefused(f"{target} exists already; scan the folder for it, or move it and resume.")
    revision = download.commit or download.revision
    plan = hub_download.make_plan(
        download.repository, revision=revision, filename=download.filename, half=download.half
    )
    CheckpointDownload.objects.filter(pk=download.pk).update(commit=plan.commit, bytes_total=plan.total_bytes)
    hub_download.fetch(plan, staging, told=progress)
    progress.report(plan.total_bytes)
    fetched = staging / download.filename if download.filename else staging
    kind = Checkpoint.Kind.FILE if download.filename else Checkpoint.Kind.FOLDER
    source = CheckpointSource(download.slug, kind, str(fetched))
    found, digest = inspect(source), checksum(source, lambda: progress(plan.total_bytes))
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


class _Progress:
    """Callback that writes the progress of a download every REPORT_SECONDS and checks whether it must stop."""

    def __init__(self, download: CheckpointDownload, should_stop: Callable[[], bool]) -> None:
        self._rows = CheckpointDownload.objects.filter(pk=download.pk)
        self._should_stop = should_stop
        self._reported_at = 0.0

    def __call__(self, done: int) -> None:
        if time.monotonic() - self._reported_at > REPORT_SECONDS:
            self.report(done)
        if self._should_stop():
            raise StopRequested

    def report(self, done: int) -> None:
        self._reported_at = time.monotonic()
        self._rows.update(bytes_done=done, heartbeat_at=timezone.now())
        if self._rows.values_list("cancel_requested", flat=True).first() in (True, None):
            raise DownloadCancelled


def _end(download: CheckpointDownload, state: str, error: str = "", *, checkpoint: Checkpoint | None = None) -> None:
    CheckpointDownload.objects.filter(pk=download.pk).update(
        state=state, error=error, checkpoint=checkpoint, cancel_requested=False, finished_at=timezone.now()
    )
