"""Share target of the app: an image that another app shares opens the studio with it as input."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from gallery.actions.uploads import UploadRefused, store_upload
from generation.errors import JobRefused

OTHER_SITES = "cross-site"


@csrf_exempt  # the operating system posts the form, without a token; forms of other sites are refused below
@require_POST
@login_required
def shared_image(request: HttpRequest) -> HttpResponse:
    """Store the image in the field `image` as an upload of the user, and open the studio with it."""
    if request.headers.get("Sec-Fetch-Site") == OTHER_SITES or ("Origin" in request.headers and not _is_own(request)):
        return HttpResponse(
            _("Images can be shared by apps, not by other sites."), status=403, content_type="text/plain"
        )
    sent = request.FILES.get("image")
    if not isinstance(sent, UploadedFile):
        messages.error(request, _("No image was shared."))
        return redirect("studio")
    try:
        upload = store_upload(owner=request.user, data=sent.read())  # type: ignore[arg-type]
    except (UploadRefused, JobRefused) as error:
        messages.error(request, str(error))
        return redirect("studio")
    return redirect(f"{reverse('studio')}?{urlencode({'init': f'upload:{upload.pk}'})}")


def _is_own(request: HttpRequest) -> bool:
    origin = request.headers["Origin"]
    return origin in ("null", f"{request.scheme}://{request.get_host()}")
