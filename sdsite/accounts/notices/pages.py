"""Pages of one's own notices."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sdsite.accounts.models import Notice, PushDevice
from sdsite.accounts.notices.api import LARGEST_ID
from sdsite.accounts.notices.choices import TOPICS, WAYS, choose, offered_ways, topics_for, ways_of
from sdsite.accounts.notices.push.devices import MOST_DEVICES, remove_device
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


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def choices(request: HttpRequest) -> HttpResponse:
    """Choose how one is told of each topic; boxes of ways that the site does not offer are not there."""
    user: Any = request.user
    names, offered = topics_for(user), offered_ways()
    if request.method == "POST":
        chosen = {name: [way for way in offered if f"{name}.{way}" in request.POST] for name in names}
        choose(user=user, choices=chosen)
        messages.success(request, _("Saved: you are told as you chose."))
        return redirect("notice_choices")
    rows = []
    for name in names:
        ways = ways_of(user, name)
        boxes = [{"name": f"{name}.{way}", "label": WAYS[way], "is_on": way in ways} for way in offered]
        rows.append({"name": name, "title": TOPICS[name].title, "boxes": boxes})
    devices = PushDevice.objects.visible_to(user)[:MOST_DEVICES]
    context = {"rows": rows, "ways": [(way, WAYS[way]) for way in offered], "devices": devices}
    return render(request, "accounts/notice_choices.html", context)


@never_cache
@require_POST
@login_required
def remove_own_device(request: HttpRequest, pk: int) -> HttpResponse:
    """Send nothing more to one of one's devices; 404 for those of others."""
    user: Any = request.user
    if pk > LARGEST_ID:
        raise Http404
    remove_device(user=user, device=get_object_or_404(PushDevice.objects.visible_to(user), pk=pk))
    messages.success(request, _("Removed: no more push messages go to that device."))
    return redirect("notice_choices")
