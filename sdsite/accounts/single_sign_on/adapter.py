"""Adapter of django-allauth for identity providers: rows of our own, who may come in, and with which roles."""

import logging
from typing import Any

from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from sdsite.accounts import audit
from sdsite.accounts.joining.invitations import InvitationRefused
from sdsite.accounts.joining.requests import TooManyRequests
from sdsite.accounts.joining.signup import admission_of, admit
from sdsite.accounts.models import IdentityProvider, SignupMode, User
from sdsite.accounts.single_sign_on.claims import Claims, SignInRefused, follow_groups, read_claims
from sdsite.accounts.single_sign_on.guarded_session import guarded_session

logger = logging.getLogger(__name__)

KIND = "openid_connect"


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Lets people sign in by the rows of `IdentityProvider`."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """Return the enabled providers as allauth's apps, which are stored nowhere."""
        rows = IdentityProvider.objects.filter(enabled=True)
        if provider and provider != KIND:
            rows = rows.filter(slug=provider)
        return [_app_of(row) for row in rows if not client_id or row.client_id == client_id]

    def get_requests_session(self) -> Any:
        """Return a session that reaches the provider of the present request."""
        match = getattr(context.request, "resolver_match", None)
        slug = match.kwargs.get("provider_id", "") if match else ""
        return guarded_session(IdentityProvider.objects.filter(slug=slug, enabled=True).first())

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Tell the log why nobody came in: only the kinds, because an error may quote what the provider said."""
        kinds = [type(one).__name__ for one in (exception, getattr(exception, "__cause__", None)) if one is not None]
        logger.warning("signing in by %s failed: %s %s", provider.sub_id, error or "", " of ".join(kinds))

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse who may not sign in by the provider, and forget addresses that nobody verified.

        Raises:
            ImmediateHttpResponse: the page with the reason.
        """
        provider = IdentityProvider.objects.get(slug=sociallogin.account.provider)
        connecting = sociallogin.state.get("process") == AuthProcess.CONNECT
        try:
            claims = read_claims(provider, sociallogin.account.extra_data)
            if not sociallogin.is_existing and not connecting:
                _check_new(request, provider, claims)
        except SignInRefused as error:
            raise ImmediateHttpResponse(_refusal(request, error.sentence, connecting=connecting)) from error
        sociallogin.claims = claims
        if sociallogin.is_existing:
            if not connecting and sociallogin.user.is_active:
                follow_groups(provider, sociallogin.user, claims.groups)
        else:
            sociallogin.email_addresses = [one for one in sociallogin.email_addresses if one.email == claims.email]
            sociallogin.user.email = claims.email

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Tell whether one without an account may come in; `pre_social_login` has refused the others."""
        return True

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Store a new account with its roles, and make of it what the sign-up mode says.

        Raises:
            ImmediateHttpResponse: somebody took the last use of the invitation meanwhile, or too many wait.
        """
        provider = IdentityProvider.objects.get(slug=sociallogin.account.provider)
        try:
            with transaction.atomic():
                user: User = super().save_user(request, sociallogin, form)
                if provider.new_people == IdentityProvider.NewPeople.ALWAYS:
                    audit.record(actor=user, action="signup.done", target=user, provider=provider.name)
                else:
                    admit(request, user, form)
                claims: Claims = getattr(sociallogin, "claims", Claims("", frozenset()))
                follow_groups(provider, user, claims.groups)
        except InvitationRefused as error:
            raise ImmediateHttpResponse(_refusal(request, error.sentence)) from error
        except TooManyRequests as error:
            sentence = _("Too many people wait for approval. Try again later.")
            raise ImmediateHttpResponse(_refusal(request, sentence)) from error
        return user


def _app_of(row: IdentityProvider) -> SocialApp:
    return SocialApp(
        provider=KIND,
        provider_id=row.slug,
        name=row.name,
        client_id=row.client_id,
        secret=row.secret,
        settings={"server_url": row.server_url.rstrip("/"), "oauth_pkce_enabled": True},
    )


def _check_new(request: HttpRequest, provider: IdentityProvider, claims: Claims) -> None:
    """Refuse one without an account where the provider or the sign-up mode does.

    An address that somebody here has is refused too: only whoever is signed in connects an account to a provider.

    Raises:
        SignInRefused: with the reason.
    """
    if claims.email and _is_taken(claims.email):
        sentence = _("An account has this address already. Sign in to it, then connect it under Settings.")
        raise SignInRefused(sentence)
    if provider.new_people == IdentityProvider.NewPeople.ALWAYS:
        return
    admission = admission_of(request)
    if provider.new_people == IdentityProvider.NewPeople.NEVER or not admission.is_open:
        raise SignInRefused(_("No account is connected to it, and the sign-up of this site is closed."))
    if admission.mode == SignupMode.VERIFIED and not (claims.email or admission.invitation):
        raise SignInRefused(_("The provider names no verified address, which this site asks for."))


def _is_taken(email: str) -> bool:
    by_user = User.objects.filter(email__iexact=email).exists()
    return by_user or EmailAddress.objects.filter(email__iexact=email).exists()


def _refusal(request: HttpRequest, sentence: str, *, connecting: bool = False) -> HttpResponse:
    messages.error(request, sentence)
    return redirect("socialaccount_connections" if connecting else "account_login")
