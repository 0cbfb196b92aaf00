"""Pages of a person's own data: the export in parts, and the deletion of the account."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from gallery.zip_files import send_zip
from sdsite.accounts.leaving.deletion import ask_deletion, grace_days
from sdsite.core import rate_limits
from sdsite.core.backpressure import get_backpressure
from sdsite.people.export import count_parts, export_parts
from sdsite.people.removal import count_belongings


@never_cache
@require_safe
@login_required
def own_data(request: HttpRequest) -> HttpResponse:
    """Show how much there is, the parts of the export, and the form that deletes the account."""
    return _page(request)


@require_safe
@login_required
def export(request: HttpRequest) -> HttpResponseBase:
    """Send one part of the export, `part` counted from 1; 404 for parts that there are not."""
    owner: Any = request.user
    number = request.GET.get("part", "1")
    if not (number.isascii() and number.isdigit() and len(number) < 7 and 1 <= int(number) <= count_parts(owner)):
        raise Http404
    name = f"sdsite {owner.username} {timezone.now().date()} {int(number)}.zip"
    parts = export_parts(owner, part=int(number))
    try:
        return send_zip(parts, owner, name=name, backpressure=get_backpressure(request))
    except rate_limits.RateLimited as error:
        messages.error(request, str(error))
    return redirect("own_data")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["POST"])
@login_required
def delete_account(request: HttpRequest) -> HttpResponse:
    """Have the account deleted after the grace time, with the right password; every session ends at once."""
    owner: Any = request.user
    try:
        rate_limits.spend("login", f"leaving {owner.pk}")
        if not owner.check_password(request.POST.get("password", "")):
            return _page(request, wrong=_("This is not your password."))
        row = ask_deletion(user=owner)
    except rate_limits.RateLimited as error:
        return _page(request, wrong=str(error), status=429)
    except ValidationError as error:
        return _page(request, wrong=" ".join(error.messages))
    logout(request)
    return render(request, "accounts/deleted.html", {"due_at": row.due_at, "days": grace_days()})


def _page(request: HttpRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    owner: Any = request.user
    context = {
        "counts": count_belongings(owner),
        "parts": range(1, count_parts(owner) + 1),
        "days": grace_days(),
        "wrong": wrong,
    }
    return render(request, "accounts/own_data.html", context, status=status)
