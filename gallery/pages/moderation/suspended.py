"""The page of a suspended person, by a signed link: until when, why, and an appeal; nothing else opens by it."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gallery.actions.moderation.appeals import NotAppealable
from gallery.actions.moderation.suspensions import appeal_suspension, decision_of
from gallery.models import Appeal
from gallery.models.moderation import LONGEST_APPEAL
from sdsite.accounts.roles.suspended_link import read_token


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def suspended(request: HttpRequest, token: str) -> HttpResponse:
    """Show the suspension of the link and what became of the appeal; on POST appeal. 404 once it has ended."""
    suspension = read_token(token)
    if suspension is None:
        raise Http404
    text, wrong = request.POST.get("text", ""), ""
    if request.method == "POST":
        try:
            appeal_suspension(suspension=suspension, text=text)
        except ValidationError as error:
            wrong = " ".join(error.messages)
        except NotAppealable:
            return redirect("suspended", token=token)
        else:
            return redirect("suspended", token=token)
    decision = decision_of(suspension)
    found = Appeal.objects.filter(decision=decision).first() if decision is not None else None
    context = {"suspension": suspension, "appeal": found, "longest": LONGEST_APPEAL, "text": text, "wrong": wrong}
    return render(request, "gallery/moderation/suspended.html", context, status=422 if wrong else 200)
