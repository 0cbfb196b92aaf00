"""Invariants that must hold after a chaos run: every job has the images it asked for, and there is nothing else."""

import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from django.core.files.storage import default_storage
from django.db.models import Count
from PIL import Image as Pillow

from gallery.actions.cleanup import sweep
from gallery.actions.media_files import files_by_folder
from gallery.actions.media_identity import FOLDERS
from gallery.models import Image
from generation.models import Job
from sdsite.devtools.chaos.clients import Client, Refused
from sdsite.devtools.chaos.workload import PlannedJob

NO_GRACE = timedelta(0)  # no process writes any more


def violations(planned_jobs: Iterable[PlannedJob], clients: list[Client]) -> list[str]:
    """Return a sentence for every violated invariant; deletes files without rows before it checks for them."""
    accepted = {number: job_id for client in clients for number, job_id in client.accepted.items()}
    found = [line for client in clients for line in client.violations]
    return [*found, *violations_in_store(planned_jobs, accepted), *_violations_of_access(clients, accepted)]


def violations_in_store(planned_jobs: Iterable[PlannedJob], accepted: Mapping[int, str]) -> list[str]:
    """Return the violations in rows and files; `accepted` maps the number of each planned job to its job's id."""
    jobs = {str(job.pk): job for job in Job.objects.all()}
    found: list[str] = []
    for planned_job in planned_jobs:
        job = jobs.get(accepted.get(planned_job.number, ""))
        if job is None:
            found.append(f"planned job {planned_job.number} has no row")
        else:
            found += _violations_of_job(planned_job, job)
    found += _violations_in_rows(jobs, accepted)
    found += _violations_in_files()
    return found


def _violations_of_job(planned_job: PlannedJob, job: Job) -> Iterator[str]:
    name = f"job {job.pk} (planned job {planned_job.number})"
    if job.status not in planned_job.endings or job.error_code != planned_job.error_code:
        how = f"{job.status} {job.error_code} after attempt {job.attempt}, {job.losses} losses"
        yield f"{name} ended as {how}: {job.error_message!r:.120}; planned: {' or '.join(planned_job.endings)}"
    wanted = set(range(planned_job.count)) - set(job.dropped)
    images = list(Image.objects.of_job(job.pk))
    indices = [image.index for image in images]
    complete = job.status == Job.Status.SUCCEEDED
    if (complete and set(indices) != wanted) or not set(indices) <= wanted:
        yield f"{name}, {job.status}, has the images {indices} of {sorted(wanted)}"
    for image in images:
        if image.seed != planned_job.requested["seed"] + image.index or image.owner_id != job.owner_id:
            yield f"image {image.index} of {name} has seed {image.seed} and owner {image.owner_id}"


def _violations_in_rows(jobs: Mapping[str, Job], accepted: Mapping[int, str]) -> Iterator[str]:
    if extra := set(jobs) - set(accepted.values()):
        yield f"{len(extra)} jobs that no client submitted: {sorted(extra)[:3]}"
    if len(set(accepted.values())) != len(accepted):
        yield "two planned jobs have one row"
    doubled = Image.objects.order_by().values("job_id", "index").annotate(copies=Count("pk")).filter(copies__gt=1)
    if doubled:
        yield f"images that exist twice: {list(doubled[:3])}"
    orphans = Image.objects.exclude(job_id__in=Job.objects.values("pk")).count()
    if orphans:
        yield f"{orphans} images without a job"


def files_without_rows() -> list[str]:
    """Return the names of the files that belong to no row; a crash between file and row may leave some."""
    known = {
        name
        for rows, columns in FOLDERS.values()
        for names in rows._default_manager.values_list(*columns)
        for name in names
    }
    return [name for folder in FOLDERS for names in files_by_folder(folder) for name in names if name not in known]


def _violations_in_files() -> Iterator[str]:
    sweep(NO_GRACE, confirmed=True)
    if lost := files_without_rows():
        yield f"{len(lost)} files that the sweep left: {lost[:3]}"
    for image in Image.objects.all():
        for column in ("file", "thumbnail"):
            try:
                data = default_storage.open(getattr(image, column)).read()
                Pillow.open(io.BytesIO(data)).load()
            except OSError as error:
                yield f"{column} of image {image.pk} cannot be read: {error}"
                continue
            if column == "file" and hashlib.sha256(data).hexdigest() != image.sha256:
                yield f"the file of image {image.pk} has other bytes than were stored"


def _violations_of_access(clients: list[Client], accepted: Mapping[int, str]) -> Iterator[str]:
    """Yield the files that the API does not give to their owner, or gives to another user."""
    for client, stranger in zip(clients, [*clients[1:], clients[0]], strict=True):
        for number in client.accepted:
            for image in client.call("GET", f"/api/v1/jobs/{accepted[number]}")["images"]:
                path = f"/api/v1/images/{image['id']}/file"
                if (status := _status(client, path)) != 200:
                    yield f"{path} answers its owner with {status}"
                if stranger is not client and (status := _status(stranger, path)) != 404:
                    yield f"{path} answers a stranger with {status}"


def _status(client: Client, path: str) -> int:
    try:
        client.fetch("GET", path)
    except Refused as refused:
        return refused.status
    return 200


def outcomes() -> Counter[str]:
    """Return the numbers of jobs by status and error code, of images, and of attempts that were lost."""
    rows = Job.objects.values_list("status", "error_code", "losses", "attempt")
    counted = Counter(f"{status} {code}".strip() for status, code, _, _ in rows)
    counted["images"] = Image.objects.count()
    counted["attempts lost with their worker"] = sum(losses for *_, losses, _ in rows)
    counted["jobs given back or taken back"] = sum(attempt > 1 for *_, attempt in rows)
    return counted
