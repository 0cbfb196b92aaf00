"""Signing up: what the mode and an invitation in the session make of a new account."""

import logging
from dataclasses import dataclass
from smtplib import SMTPException
from typing import Any

from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.stages import EmailVerificationStage
from allauth.account.utils import has_verified_email
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from sdsite.accounts import audit
from sdsite.accounts.joining.invitations import InvitationRefused, get_invitation, use_invitation
from sdsite.accounts.joining.mode import get_mode
from sdsite.accounts.joining.requests import ask
from sdsite.accounts.models import Invitation, SignupMode, User
from sdsite.accounts.required_steps.terms import accept_terms
from sdsite.accounts.roles.membership import join_as_member

logger = logging.getLogger(__name__)

SESSION_KEY = "invitation"  # id of the row; the token is kept nowhere


@dataclass(frozen=True)
class Admission:
    """How a visitor may sign up now: the mode, the invitation that they hold, and why one that they held does not do.

    A held invitation replaces what the mode asks for, unless the sign-up is closed.
    """

    mode: SignupMode
    invitation: Invitation | None = None
    refused: str = ""

    @property
    def is_open(self) -> bool:
        """Whether they may sign up."""
        invited = self.mode == SignupMode.INVITATION and self.invitation is None
        return self.mode != SignupMode.CLOSED and not invited


def admission_of(request: HttpRequest) -> Admission:
    """Return how the visitor of `request` may sign up."""
    mode, held = get_mode(), request.session.get(SESSION_KEY)
    if held is None or mode == SignupMode.CLOSED:
        return Admission(mode)
    try:
        return Admission(mode, get_invitation(held))
    except InvitationRefused as error:
        return Admission(mode, refused=error.sentence)


def admit(request: HttpRequest, user: User, form: Any) -> None:
    """Make of the new `user` what the mode says; call it in the transaction that stores the user.

    Raises:
        InvitationRefused: somebody else took the last use meanwhile.
        TooManyRequests: as many people wait as the site keeps.
    """
    terms = getattr(form, "terms", None)
    if terms is not None:
        accept_terms(terms.number, user=user)
    held, mode = request.session.get(SESSION_KEY), get_mode()
    if held is not None:
        use_invitation(held, user=user)
    join_as_member(user)
    if held is not None:
        return
    if mode == SignupMode.REQUEST:
        ask(user=user, reason=getattr(form, "cleaned_data", {}).get("reason", ""))
    else:
        if mode == SignupMode.VERIFIED:
            user.must_verify_email = True
            user.save(update_fields=["must_verify_email"])
        audit.record(actor=user, action="signup.done", target=user)


class VerificationStage(EmailVerificationStage):
    """Step of logging in that waits for the verified address of those who signed up with one to verify."""

    def handle(self) -> Any:
        """Send the mail again and stop, until the address is verified; afterwards never ask again."""
        user = self.login.user
        if not isinstance(user, User) or not user.must_verify_email:
            return super().handle()
        if has_verified_email(user):
            User.objects.filter(pk=user.pk).update(must_verify_email=False)
            return None, True
        self.login.email_verification = EmailVerificationMethod.MANDATORY
        try:
            return super().handle()
        except (SMTPException, OSError) as error:
            # Only the kind: an SMTP error may quote the mail, and the mail has the link.
            logger.error("an address cannot be verified: the mail server answers with %s", type(error).__name__)
            messages.error(self.request, _("The mail with the link could not be sent. Sign in later to try again."))
            return redirect("account_login"), False
