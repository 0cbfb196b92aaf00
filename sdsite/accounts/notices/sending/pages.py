"""The page that the last link of each mail leads to: it ends such mails without a login."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from sdsite.accounts.notices.choices import TOPICS
from sdsite.accounts.notices.sending.mails import end_mails, read_token


@csrf_exempt  # mail programs post to it by themselves (RFC 8058); the token in the address is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, then end the mails of the topics that the token names; 404 for one that the site did not make.

    Opening the page changes nothing, since programs that check mails open all links.
    """
    said = read_token(token)
    if said is None:
        raise Http404
    person, topics = said
    is_done = request.method == "POST"
    if is_done:
        end_mails(person, topics)
    return render(
        request, "accounts/unsubscribe.html", {"topics": [TOPICS[name].title for name in topics], "is_done": is_done}
    )
