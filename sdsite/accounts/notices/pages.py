"""Pages of one's own notices."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sdsite.accounts.models import Notice
from sdsite.accounts.notices.api import LARGEST_ID
from sdsite.accounts.notices.serializers import serialize_notice
from sdsite.accounts.notices.store import count_unread, mark_read
from sdsite.core import pagination

NOTICES_OF_A_PAGE = 50


@never_cache
@require_safe
@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """Show one's notices, newest first, a page at a time; 404 for a cursor that the site did not make."""
    user: Any = request.user
    rows = Notice.objects.visible_to(user).select_related("actor")
    try:
        page = pagination.page(rows, limit=NOTICES_OF_A_PAGE, cursor=request.GET.get("cursor"))
    except pagination.InvalidCursor as error:
        raise Http404 from error
    context = {
        "rows": [serialize_notice(notice) for notice in page.items],
        "next": page.next,
        "unread": count_unread(user),
        "newest": page.items[0].created_at.isoformat() if page.items else "",
    }
    return render(request, "accounts/notices.html", context)


@never_cache
@require_POST
@login_required
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark as read what the page with the form showed, and older ones; not those that came since."""
    user: Any = request.user
    until = request.POST.get("until", "")
    try:
        moment = parse_datetime(until)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Http404
    mark_read(user=user, until=moment)
    return redirect("notices")


@never_cache
@require_safe
@login_required
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one of one's notices as read, and go to what it tells of; 404 for those of others."""
    user: Any = request.user
    if pk > LARGEST_ID:
        raise Http404
    notice = get_object_or_404(Notice.objects.visible_to(user), pk=pk)
    if request.method == "GET":
        mark_read(user=user, pk=notice.pk)
    return redirect(notice.url or reverse("notices"))
