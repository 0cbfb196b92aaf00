"""Settings page of the user's usage: GPU time of the last 24 hours by source, and what is left of it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from generation.budget_report import serialize_budget
from generation.limits import limits_for
from generation.models import Job
from generation.usage import use_by_source
from sdsite.accounts.credentials import get_credentials


@never_cache
@require_safe
@login_required
def usage(request: HttpRequest) -> HttpResponse:
    """Show the jobs, images and GPU time of each source."""
    credentials = get_credentials(request)
    context = {
        "budget": serialize_budget(credentials.user.pk, limits_for(credentials)),
        "sources": use_by_source(Job.objects.visible_to(credentials.user)),
    }
    return render(request, "generation/usage.html", context)
