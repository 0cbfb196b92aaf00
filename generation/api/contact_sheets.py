"""Router of contact sheets: all images of a job in one file."""

import uuid
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from gallery.imaging import contact_sheet
from gallery.models import Image
from generation.contact_sheets import build_contact_sheet
from generation.errors import JobRefused
from generation.models import Job
from generation.parameters.validators import format_key
from sdsite.accounts.scopes import require_scope
from sdsite.core.conditional_get import REVALIDATED, conditional_response, entity_tag

router = Router(tags=["Jobs"])

SIDES = (32, 1024)
MOST_COLUMNS = 100
BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/jobs/{job_id}/sheet",
    operation_id="job_sheet",
    summary="Get the contact sheet of a job",
    openapi_extra={
        "responses": {
            200: {
                "description": "The sheet.",
                "content": dict.fromkeys(("image/png", "image/jpeg", "image/webp"), BINARY),
            }
        }
    },
)
def job_sheet(
    request: HttpRequest,
    job_id: uuid.UUID,
    cell: Annotated[int, Query(ge=SIDES[0], le=SIDES[1], description="Longest side of each image in pixels.")] = 512,
    columns: Annotated[
        int | None, Query(ge=1, le=MOST_COLUMNS, description="Images in a row; not of a grid, whose axes say so.")
    ] = None,
    output_format: Annotated[Literal["png", "jpeg", "jpg", "webp"], Query(description="File format.")] = "png",
) -> HttpResponse:
    """Return one image of all that the job has generated so far: a grid with its values along the edges.

    Cells shrink where the sheet would be larger than 8192 pixels. Needs the scope `read`.
    """
    require_scope(request, "read")
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=job_id)  # type: ignore[arg-type]
    generated = list(Image.objects.kept().of_job(job.pk).values_list("pk", "quarantined_at"))
    if not generated:
        raise JobRefused("no_image", "This job has no images yet, so there is nothing to put on a sheet.", status=409)
    if columns is not None and job.parameters.get("grid"):
        message = "columns must be left out for a grid: its sheet has one for each value of the first axis"
        raise JobRefused("invalid_parameters", message, fields={"columns": message})
    file_format = format_key(output_format)
    etag = entity_tag(job.pk, generated, cell, columns, file_format)
    known = conditional_response(request, etag)
    if known is not None:
        return known
    data = contact_sheet.encode(build_contact_sheet(job, cell=cell, columns=columns), file_format)
    response = HttpResponse(data, content_type=f"image/{file_format}")
    response["ETag"] = etag
    response["Cache-Control"] = REVALIDATED
    response["Content-Disposition"] = f'inline; filename="sdsite-sheet-{str(job.pk)[:8]}.{file_format}"'
    return response
