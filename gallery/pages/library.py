"""Library page: the user's images grouped by job, and the confirmations of deleting images."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from gallery.actions.trash import trash_images
from gallery.models import Image
from gallery.models.image import ImageQuerySet
from gallery.pages import search_form
from gallery.search.filters import filter_images
from sdsite.core.pagination import InvalidCursor, decode_cursor, encode_cursor

GROUPS_A_PAGE = 12


@dataclass(frozen=True)
class Group:
    """The images of one job."""

    job_id: uuid.UUID
    images: list[Image]

    @property
    def first(self) -> Image:
        """The image whose settings are shown for the group."""
        return self.images[0]

    @property
    def seconds_each(self) -> float | None:
        """Mean GPU time of an image in seconds, if the receipts have it."""
        seconds = [image.receipt["seconds"] for image in self.images if _is_number(image.receipt.get("seconds"))]
        return sum(seconds) / len(seconds) if seconds else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _groups(images: QuerySet[Image], cursor: str | None) -> tuple[list[Group], str | None]:
    """Return one page of groups after `cursor`, newest job first, and the cursor of the next page.

    Two queries, both using the index (owner, -job_created_at, -job_id, index), at any depth.

    Raises:
        InvalidCursor: the cursor is not valid.
    """
    if cursor:
        moment, job_id = decode_cursor(cursor)
        before = Q(job_created_at__lt=moment) | Q(job_id__lt=job_id)
        images = images.filter(before, job_created_at__lte=moment)
    jobs = images.order_by("-job_created_at", "-job_id").values_list("job_created_at", "job_id").distinct()
    found = list(jobs[: GROUPS_A_PAGE + 1])
    shown = found[:GROUPS_A_PAGE]
    by_job: dict[uuid.UUID, list[Image]] = {job_id: [] for _, job_id in shown}
    if shown:
        # The range of times adds no condition, but lets the database use the index of the first query.
        images = images.filter(job_created_at__range=(shown[-1][0], shown[0][0]), job_id__in=by_job)
        for image in images.order_by("index"):
            by_job[image.job_id].append(image)
    # A job whose images were deleted between the two queries is left out.
    groups = [Group(job_id, members) for job_id, members in by_job.items() if members]
    return groups, encode_cursor(*shown[-1]) if len(found) > GROUPS_A_PAGE else None


@require_safe
@login_required
def library(request: HttpRequest) -> HttpResponse:
    """Show the user's images that match the query string, grouped by job.

    `?cursor=` continues where an earlier page ended.
    """
    owner: Any = request.user
    cursor = request.GET.get("cursor")
    form = search_form.read(request.GET)
    own = Image.objects.owned_by(owner).kept()
    matching = filter_images(own, form.image_filter, owner) if form.image_filter else own.none()
    try:
        groups, following = _groups(matching, cursor)
    except InvalidCursor as error:
        raise Http404(str(error)) from error
    if not cursor and (groups or not form.is_empty):
        form = search_form.with_choices(form, owner)
    context = {"groups": groups, "next": following, "cursor": cursor, "form": form}
    return render(request, "gallery/library.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def image_delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for confirmation, then move one of the user's images to the trash."""
    found = Image.objects.owned_by(request.user).filter(pk=pk)  # type: ignore[arg-type]
    shown = get_object_or_404(found)
    return _delete(request, found, [shown])


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def job_images_delete(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Ask for confirmation, then move all of the user's images of one job to the trash."""
    found = Image.objects.owned_by(request.user).kept().of_job(job_id)  # type: ignore[arg-type]
    shown = list(found)
    if not shown:
        raise Http404("No images of this job.")
    return _delete(request, found, shown)


def _delete(request: HttpRequest, found: ImageQuerySet, shown: list[Image]) -> HttpResponse:
    """GET asks for confirmation, POST moves them to the trash; a script that accepts JSON gets 204."""
    if request.method != "POST":
        return render(request, "gallery/confirm_delete.html", {"images": shown})
    count = trash_images(images=found, owner=request.user)
    if request.headers.get("Accept") == "application/json":
        return HttpResponse(status=204)
    messages.success(
        request, ngettext("%d image is in the trash now.", "%d images are in the trash now.", count) % count
    )
    return redirect("library")
