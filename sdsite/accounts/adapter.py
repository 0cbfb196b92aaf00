"""Adapters of django-allauth: sign-up, mail where a site sends some, limits of wrong logins, the site's name."""

import hashlib
import ipaddress
from dataclasses import dataclass
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from sdsite.accounts import site_settings
from sdsite.accounts.joining.signup import VerificationStage, admission_of, admit
from sdsite.accounts.joining.usernames import read_username
from sdsite.accounts.leaving.deletion import keep_account
from sdsite.accounts.models import SignupRequest, Suspension, User
from sdsite.accounts.roles.suspended_link import suspended_url
from sdsite.accounts.sessions.sign_ins import record_wrong_password
from sdsite.core import rate_limits


@dataclass(frozen=True)
class NamedSite:
    """The site as mails name it."""

    name: str
    domain: str


EMAIL_STAGE = "allauth.account.stages.EmailVerificationStage"
IPV6_PREFIX = 64  # what one customer of a provider has at least


class AccountAdapter(DefaultAccountAdapter):
    """Opens sign-up as the mode and invitations say, and limits logins by address and name.

    It says nothing of mails that are not sent. All processes of the site share the limits. Nobody can lock a person out
    with wrong passwords: from another address they get in. allauth's own limit of wrong logins, by name alone and in
    each process, is not used; its limit of all logins of an address is, and holds while Redis does not answer.
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Tell whether this visitor may create an account."""
        return admission_of(request).is_open

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return a name that somebody chose, unless it could be taken for that of another person."""
        name: str = super().clean_username(read_username(username), shallow)
        return name

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Store a new account, and make of it what the mode of the sign-up says."""
        super().save_user(request, user, form, commit)
        admit(request, user, form)
        return user

    def format_email_subject(self, subject: Any) -> str:
        """Begin subjects with the name of the site."""
        return f"[{site_settings.current().name}] {subject}"

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], headers: dict[str, Any] | None = None
    ) -> Any:
        """Return a mail that speaks of the site by its name."""
        named = NamedSite(site_settings.current().name, context["current_site"].domain)
        return super().render_mail(template_prefix, email, {**context, "current_site": named}, headers)

    def get_login_stages(self) -> list[str]:
        """Replace the stage that verifies addresses by ours, which asks only those who must verify one."""
        stages = {EMAIL_STAGE: f"{VerificationStage.__module__}.{VerificationStage.__qualname__}"}
        return [stages.get(name, name) for name in super().get_login_stages()]

    def pre_login(self, request: HttpRequest, user: Any, **options: Any) -> HttpResponse | None:
        """Keep the account of one who wanted it deleted and logs in again, whether by password or passkey."""
        if not user.is_active and keep_account(user=user, actor=user):
            messages.success(request, _("Welcome back. Your account is kept."))
        response: HttpResponse | None = super().pre_login(request, user, **options)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Answer one who may not log in: who waits for approval or is suspended is told so."""
        waiting = SignupRequest.objects.filter(user=user).first()
        suspension = Suspension.objects.in_force().filter(user=user).first()
        if waiting is None and suspension is not None:
            return redirect(suspended_url(suspension))
        if waiting is None:
            response: HttpResponse = super().respond_user_inactive(request, user)
            return response
        context = {"refused": waiting.refused_at is not None, "told": bool(user.email and settings.MAIL_IS_SENT)}
        return render(request, "account/waiting.html", context)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail, where the site has a mail server."""
        if settings.MAIL_IS_SENT:
            super().send_mail(template_prefix, email, context)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Show a message, unless it is about a mail that was not sent."""
        if settings.MAIL_IS_SENT or message_template != "account/messages/email_confirmation_sent.txt":
            super().add_message(request, level, message_template, *args, **kwargs)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count an attempt to log in.

        Raises:
            ValidationError: too many from this address.
        """
        try:
            rate_limits.check("wrong_login", self._address(request))
            rate_limits.spend("login", self._address_and_name(request, credentials))
        except rate_limits.RateLimited as error:
            raise self.validation_error("too_many_login_attempts") from error

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Return the user of right `credentials`, and forget the wrong attempts before; None for wrong ones."""
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            rate_limits.forget("login", self._address_and_name(request, credentials))
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record a wrong attempt, and count it for its address.

        Raises:
            ValidationError: too many from this address.
        """
        record_wrong_password(credentials)
        try:
            rate_limits.spend("wrong_login", self._address(request))
        except rate_limits.RateLimited as error:
            raise self.validation_error("too_many_login_attempts") from error

    def _address(self, request: HttpRequest) -> str:
        address: str = self.get_client_ip(request)
        try:
            if ipaddress.ip_address(address).version == 6:
                return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
        except ValueError:  # of a unix socket
            pass
        return address

    def _address_and_name(self, request: HttpRequest, credentials: dict[str, Any]) -> str:
        name = str(credentials.get("email") or credentials.get("username") or "").lower()
        return f"{self._address(request)} {hashlib.sha256(name.encode(errors='replace')).hexdigest()[:32]}"


class SecondFactorAdapter(DefaultMFAAdapter):
    """Names the site in apps with codes as its administrators do."""

    def get_totp_issuer(self) -> str:
        """Return the name of the site."""
        return site_settings.current().name
