"""Router of verifications: generate an image again from its receipt and compare."""

import uuid

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Router
from ninja.responses import Status

from gallery.models import Image
from generation.api import wait_response
from generation.api.jobs import Wait
from generation.jobs.submission.verify import verify_image
from generation.models import ImageCheck
from generation.realtime.waiting import wait_until_finished
from generation.serializers.checks import CheckOut, serialize_check
from sdsite.accounts.scopes import get_key, require_scope

router = Router(tags=["Images"])


@router.post(
    "/images/{image_id}/verify",
    response={202: CheckOut, 200: CheckOut},
    operation_id="verify_image",
    summary="Verify an image",
)
async def verify(
    request: HttpRequest, image_id: uuid.UUID, response: HttpResponse, wait: Wait = None
) -> Status[CheckOut]:
    """Queue a job that generates an own image again from its receipt; it costs GPU time and stores no image.

    Answers 202, or with `wait` 200 once the job has ended. Needs the scope `generate`.
    """
    require_scope(request, "generate")
    check = await sync_to_async(_verify)(request, image_id)
    seconds = wait_response.seconds_to_wait(request, wait)
    if seconds:
        check.job = await wait_until_finished(check.job, seconds)
        await sync_to_async(check.refresh_from_db)(fields=["identical", "psnr", "compared", "differences"])
    response["Location"] = reverse("api:get_verification", args=[image_id])
    return Status(200 if seconds and check.job.is_finished else 202, serialize_check(check))


@router.get(
    "/images/{image_id}/verify",
    response=CheckOut,
    operation_id="get_verification",
    summary="Get the last verification of an image",
)
def get_verification(request: HttpRequest, image_id: uuid.UUID) -> CheckOut:
    """Return what came of the last verification of an own image; 404 where there was none. Needs the scope `read`."""
    require_scope(request, "read")
    check = ImageCheck.objects.filter(image=_own(request, image_id)).select_related("job", "image").first()
    if check is None:
        raise ImageCheck.DoesNotExist
    return serialize_check(check)


def _own(request: HttpRequest, image_id: uuid.UUID) -> Image:
    return get_object_or_404(Image.objects.owned_by(request.user), pk=image_id)  # type: ignore[arg-type]


def _verify(request: HttpRequest, image_id: uuid.UUID) -> ImageCheck:
    return verify_image(image=_own(request, image_id), key=get_key(request))
