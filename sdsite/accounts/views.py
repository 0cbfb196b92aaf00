"""Settings pages: overview, language, shortcuts and API keys."""

import logging
from smtplib import SMTPException

from allauth.account.views import password_reset as allauth_password_reset
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import LANGUAGE_QUERY_PARAMETER, set_language

from sdsite.accounts.api_keys import MAKE_KEY, create_key, revoke_key
from sdsite.accounts.forms import ApiKeyForm
from sdsite.accounts.models import ApiKey, User
from sdsite.accounts.roles.backend import may

logger = logging.getLogger(__name__)


@require_safe
@login_required
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show the overview of the settings."""
    return render(request, "accounts/settings.html")


@require_safe
@login_required
def shortcuts(request: HttpRequest) -> HttpResponse:
    """Show the page on which keys of shortcuts are chosen; its script stores them by the API."""
    return render(request, "accounts/shortcuts.html")


@never_cache
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Take `language` of the form as the reader's, and go back to the page in `next`.

    Kept with the account of people who are logged in, and in a cookie, which alone decides for strangers. An empty or
    unknown code removes the choice: the browser's list of languages decides.
    """
    chosen = request.POST.get(LANGUAGE_QUERY_PARAMETER, "")
    known = check_for_language(chosen) and chosen in dict(settings.LANGUAGES)
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=chosen if known else "")
    response: HttpResponse = set_language(request)
    if not known:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, path=settings.LANGUAGE_COOKIE_PATH, samesite="Lax")
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def api_keys(request: HttpRequest) -> HttpResponse:
    """List the user's own keys and create new ones.

    The whole new key is in the response to the POST and nowhere else: not in the session, not in a message, and caches
    must not store the page.
    """
    owner: User = request.user  # type: ignore[assignment]
    form = ApiKeyForm(owner, request.POST or None)
    made: ApiKey | None = None
    secret = ""
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = create_key(
                owner=owner,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at(),
                seconds_a_day=form.cleaned_data["seconds_a_day"],
                checkpoints=form.cleaned_data["checkpoints"],
            )
            form = ApiKeyForm(owner)
        except ValidationError as error:
            form.add_error(None, error.messages)
    context = {
        "allowed": may(owner, MAKE_KEY),
        "form": form,
        "keys": ApiKey.objects.visible_to(owner),
        "made": made,
        "secret": secret,
    }
    return render(request, "accounts/api_keys.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def api_key_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for confirmation, then revoke one of the user's own keys; 404 for keys of others."""
    key = get_object_or_404(ApiKey.objects.visible_to(request.user), pk=pk)  # type: ignore[arg-type]
    if request.method != "POST":
        return render(request, "accounts/confirm_revoke.html", {"key": key})
    revoke_key(key=key, actor=request.user)  # type: ignore[arg-type]
    messages.success(request, _("The key “%(name)s” was revoked.") % {"name": key.name})
    return redirect("api_keys")


@csrf_exempt  # without mail a form does nothing; with it the view below is protected
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password_reset(request: HttpRequest) -> HttpResponse:
    """Send a link that sets a new password; say so where the site sends no mail, or could not."""
    if not settings.MAIL_IS_SENT:
        if request.method == "POST":
            return redirect("account_reset_password")
        return render(request, "account/no_mail.html")
    try:
        response: HttpResponse = csrf_protect(allauth_password_reset)(request)
    except (SMTPException, OSError) as error:
        # Only the kind: an SMTP error may quote the mail, and the mail has the link.
        logger.error("a mail could not be sent: the server at EMAIL_URL answers with %s", type(error).__name__)
        return render(request, "account/no_mail.html", {"failed": True}, status=503)
    return response
