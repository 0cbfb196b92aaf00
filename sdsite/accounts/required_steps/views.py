"""Pages of the required steps: the terms of use, their acceptance, and setting up a second factor."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from sdsite.accounts.models import TermsAcceptance, User
from sdsite.accounts.required_steps.forms import TermsForm
from sdsite.accounts.required_steps.terms import accept_terms, current_terms


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """Show the terms of use to everybody; 404 where the site has none."""
    version = current_terms()
    if version is None:
        raise Http404
    user = request.user if isinstance(request.user, User) else None
    accepted = TermsAcceptance.objects.filter(user=user, version=version).first() if user else None
    response = render(request, "accounts/terms.html", {"version": version, "accepted": accepted})
    patch_cache_control(response, no_cache=True)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def accept(request: HttpRequest) -> HttpResponse:
    """Ask for the terms that hold; who has accepted them goes on to the studio."""
    owner: User = request.user  # type: ignore[assignment]
    version = current_terms()
    if version is None or not owner.terms_due:
        return redirect("studio")
    form = TermsForm(version, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and accept_terms(version.number, user=owner):
        return redirect("studio")
    is_new = not TermsAcceptance.objects.filter(user=owner).exists()
    return render(request, "accounts/terms_accept.html", {"version": version, "form": form, "is_new": is_new})


@never_cache
@require_safe
@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Say that the person's role asks for a second factor, and how to set one up."""
    owner: User = request.user  # type: ignore[assignment]
    return render(request, "accounts/second_factor.html") if owner.second_factor_due else redirect("studio")
