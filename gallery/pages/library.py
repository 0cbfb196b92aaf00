"""Pages of the walls: one's own library, and taking images down."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from gallery.actions.delete_images import delete_images
from gallery.models import Image
from gallery.pages import search_form
from gallery.search.filters import filter_images
from sdsite.core.pagination import InvalidCursor, decode_cursor, encode_cursor

GROUPS_A_PAGE = 12


@dataclass(frozen=True)
class Group:
    """The images that one job made."""

    job_id: uuid.UUID
    images: list[Image]

    @property
    def first(self) -> Image:
        """The image whose settings stand for all of the group."""
        return self.images[0]

    @property
    def seconds_each(self) -> float | None:
        """Mean seconds an image took, where the receipts say so."""
        seconds = [image.receipt["seconds"] for image in self.images if _is_number(image.receipt.get("seconds"))]
        return sum(seconds) / len(seconds) if seconds else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _groups(images: QuerySet[Image], cursor: str | None) -> tuple[list[Group], str | None]:
    """Return one page of groups after `cursor`, newest job first, and the cursor of the next page.

    Two queries, both along the index (owner, -job_created_at, -job_id, index), however deep the page lies.

    Raises:
        InvalidCursor: the cursor is not one of ours.
    """
    if cursor:
        moment, job_id = decode_cursor(cursor)
        before = Q(job_created_at__lt=moment) | Q(job_id__lt=job_id)
        images = images.filter(before, job_created_at__lte=moment)
    places = images.order_by("-job_created_at", "-job_id").values_list("job_created_at", "job_id").distinct()
    found = list(places[: GROUPS_A_PAGE + 1])
    shown = found[:GROUPS_A_PAGE]
    by_job: dict[uuid.UUID, list[Image]] = {job_id: [] for _, job_id in shown}
    if shown:
        # The moments say nothing more than the jobs, but lead a database to the index of the first query.
        images = images.filter(job_created_at__range=(shown[-1][0], shown[0][0]), job_id__in=by_job)
        for image in images.order_by("index"):
            by_job[image.job_id].append(image)
    # A group whose images were deleted between the two queries is no group any more.
    groups = [Group(job_id, members) for job_id, members in by_job.items() if members]
    return groups, encode_cursor(*shown[-1]) if len(found) > GROUPS_A_PAGE else None


@require_safe
@login_required
def library(request: HttpRequest) -> HttpResponse:
    """Show one's own images grouped by job, of each the images that fit what the address asks for.

    `?cursor=` goes on where an earlier page ended.
    """
    owner: Any = request.user
    cursor = request.GET.get("cursor")
    form = search_form.read(request.GET)
    own = Image.objects.owned_by(owner)
    fitting = filter_images(own, form.wanted, owner) if form.wanted else own.none()
    try:
        groups, following = _groups(fitting, cursor)
    except InvalidCursor as error:
        raise Http404(str(error)) from error
    if not cursor and (groups or not form.is_empty):
        form = search_form.with_choices(form, owner)
    context = {"groups": groups, "next": following, "cursor": cursor, "form": form}
    return render(request, "gallery/library.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def image_delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, then delete one of one's own images."""
    found = Image.objects.owned_by(request.user).filter(pk=pk)  # type: ignore[arg-type]
    shown = get_object_or_404(found)
    return _delete(request, found, [shown])


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def job_images_delete(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Ask, then delete all of one's own images of one job."""
    found = Image.objects.owned_by(request.user).of_job(job_id)  # type: ignore[arg-type]
    shown = list(found)
    if not shown:
        raise Http404("No images of this job.")
    return _delete(request, found, shown)


def _delete(request: HttpRequest, found: QuerySet[Image], shown: list[Image]) -> HttpResponse:
    """GET asks, POST deletes; a script that wants JSON gets 204 and takes the pictures off the page itself."""
    if request.method != "POST":
        return render(request, "gallery/confirm_delete.html", {"images": shown})
    count = delete_images(images=found, actor=request.user)
    if request.headers.get("Accept") == "application/json":
        return HttpResponse(status=204)
    messages.success(request, "1 image was deleted." if count == 1 else f"{count} images were deleted.")
    return redirect("library")
