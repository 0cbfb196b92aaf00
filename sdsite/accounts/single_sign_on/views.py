"""Pages of signing in by a provider: the start, and the accounts that are connected."""

from allauth.socialaccount.providers.openid_connect.views import login as allauth_login
from allauth.socialaccount.views import connections as allauth_connections
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from sdsite.accounts.models import IdentityProvider


@never_cache
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Redirect to the provider; connecting an account takes the form of the page of connections.

    A link that connects could be opened by another site, in the name of a person whom it signed in at the provider as
    somebody else, who would then get in.
    """
    if request.GET.get("process") == "connect" and request.method != "POST":
        return redirect("socialaccount_connections")
    response: HttpResponse = allauth_login(request, provider_id)
    return response


@never_cache
def connections(request: HttpRequest) -> HttpResponse:
    """List the connected accounts, with forms whose answer leads to a provider, which the page's policy must allow."""
    response: HttpResponse = allauth_connections(request)
    local = [row.server_url for row in IdentityProvider.objects.filter(enabled=True, is_local=True)]
    response._csp_update = {"form-action": ["https:", *map(_origin, local)]}  # type: ignore[attr-defined]
    return response


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])
