"""Settings page of the usage: GPU time of the last 24 hours by source, and storage, with what is left of both."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gallery.models import Upload
from generation.budget_report import serialize_budget
from generation.limits import limits_for
from generation.models import Job
from generation.usage import use_by_source
from sdsite.accounts.credentials import get_credentials


@never_cache
@require_safe
@login_required
def usage(request: HttpRequest) -> HttpResponse:
    """Show the jobs, images and GPU time of each source, and the room that uploads and kept steps take."""
    credentials = get_credentials(request)
    budget = serialize_budget(credentials.user.pk, limits_for(credentials))
    context = {
        "budget": budget,
        "most_kept_bytes": (budget.limits.most_kept_mb or 0) * 10**6,
        "uploads_bytes": Upload.objects.owned_by(credentials.user).bytes_stored(),
        "most_uploads_bytes": int(settings.ENV["SDSITE_UPLOADS_MB"] * 1e6),
        "sources": use_by_source(Job.objects.visible_to(credentials.user)),
    }
    return render(request, "generation/usage.html", context)
