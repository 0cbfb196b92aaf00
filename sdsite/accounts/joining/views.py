"""Pages of coming in: signing up, the link of an invitation, and one's own invitations."""

from typing import Any

from allauth.account.views import SignupView as AllauthSignupView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from sdsite.accounts.joining import invitations
from sdsite.accounts.joining.forms import InvitationForm
from sdsite.accounts.joining.invitations import InvitationRefused
from sdsite.accounts.joining.requests import TooManyRequests
from sdsite.accounts.joining.signup import SESSION_KEY, Admission, admission_of
from sdsite.accounts.models import Invitation, User

SHOWN = 500  # invitations on the page


class SignupView(AllauthSignupView):
    """Page of signing up, as the mode and an invitation allow; refusals keep what was typed."""

    template_name_signup_closed = "account/signup_closed.html"
    admission: Admission

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find out how the visitor may sign up."""
        self.admission = admission_of(request)
        if self.admission.refused:  # said once; from now on the mode alone counts
            request.session.pop(SESSION_KEY, None)
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def is_open(self) -> bool:
        """Tell whether the page has a form; it keeps it at a POST whose invitation has just ended."""
        return self.admission.is_open or bool(self.admission.refused and self.request.method == "POST")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Let the form ask for what the mode needs; guests with an invitation need nothing more."""
        kwargs: dict[str, Any] = super().get_form_kwargs()
        return kwargs if self.admission.invitation else {**kwargs, "mode": self.admission.mode}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add how the visitor may sign up."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "admission": self.admission}

    def closed(self) -> HttpResponse:
        """Say that the sign-up is closed, or why the invitation does not open it."""
        return render(self.request, self.template_name_signup_closed, {"admission": self.admission})

    def form_valid(self, form: Any) -> HttpResponse:
        """Store the account with all that belongs to it, or show the form again with all but the passwords."""
        if self.admission.refused:
            form.add_error(None, self.admission.refused)
            return self._again(form)
        try:
            response: HttpResponse = super().form_valid(form)
        except InvitationRefused as error:
            form.add_error(None, error.sentence)
        except TooManyRequests:
            form.add_error(None, _("Too many people wait for approval. Try again later."))
        except IntegrityError:  # of two people who took it at the same time
            form.add_error("username", _("A user with that username already exists."))
        else:
            self.request.session.pop(SESSION_KEY, None)
            return response
        return self._again(form)

    def _again(self, form: Any) -> HttpResponse:
        response: HttpResponse = self.form_invalid(form)
        return response


@never_cache
@require_safe
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Take the link of an invitation: keep which one it is, and go on to the sign-up without the token."""
    if request.user.is_authenticated:
        messages.info(request, _("You have an account already, so you need no invitation."))
        return redirect("studio")
    try:
        invitation = invitations.find_invitation(token)
    except InvitationRefused as error:
        request.session.pop(SESSION_KEY, None)
        refused = Admission(admission_of(request).mode, refused=error.sentence)
        return render(request, "account/signup_closed.html", {"admission": refused}, status=404)
    request.session[SESSION_KEY] = invitation.pk
    return redirect("account_signup")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def own_invitations(request: HttpRequest) -> HttpResponse:
    """List the person's own invitations with who came by them, and make new ones; the link is shown once."""
    owner = _inviter(request)
    form = InvitationForm(owner, request.POST or None)
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid() and (created := form.create()):
        context = shown_once(request, *created)
        form = InvitationForm(owner)
    rows = Invitation.objects.visible_to(owner).select_related("role", "made_by").prefetch_related("guests")[:SHOWN]
    closed = not Admission(admission_of(request).mode, Invitation()).is_open
    return render(request, "accounts/invitations.html", {"form": form, "rows": rows, "closed": closed, **context})


def shown_once(request: HttpRequest, made: Invitation, token: str) -> dict[str, Any]:
    """Return what a page shows of a new invitation: the row, its link and the QR code of the link."""
    url = request.build_absolute_uri(reverse("join", args=[token]))
    return {"made": made, "url": url, "qr_code": invitations.qr_code(url)}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def revoke_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for confirmation, then revoke one of the person's own invitations; 404 for those of others."""
    owner: User = request.user  # type: ignore[assignment]
    row = get_object_or_404(Invitation.objects.visible_to(owner), pk=pk)
    if request.method != "POST":
        return render(request, "accounts/confirm_revoke_invitation.html", {"invitation": row})
    if invitations.revoke_invitation(invitation=row, actor=owner):
        messages.success(request, _("The invitation was revoked."))
    return redirect("invitations")


def _inviter(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]
    if not invitations.may_invite(user):
        raise PermissionDenied
    return user
