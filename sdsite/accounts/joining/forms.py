"""Forms of signing up and of invitations."""

from datetime import timedelta
from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sdsite.accounts.joining.invitations import MOST_USES, create_invitation, roles_offered_to
from sdsite.accounts.models import Invitation, SignupMode, User
from sdsite.accounts.required_steps.forms import add_terms
from sdsite.accounts.required_steps.terms import current_terms


class SignupForm(AllauthSignupForm):
    """Form of a new account; `mode` says what it asks for besides name and password."""

    def __init__(self, *args: Any, mode: SignupMode = SignupMode.OPEN, **kwargs: Any) -> None:
        """Require an address where it is verified, and ask for a reason where somebody decides."""
        if mode == SignupMode.VERIFIED:
            kwargs["email_required"] = True
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("Email")  # the page itself says what is optional
        if mode == SignupMode.REQUEST:
            self.fields["reason"] = forms.CharField(
                label=_("Reason"),
                required=False,
                max_length=500,
                widget=forms.Textarea(attrs={"class": "input", "rows": 3}),
                help_text=_("Who you are, and what for. Administrators read it."),
            )
        self.terms = current_terms()
        add_terms(self, self.terms)

    def try_save(self, request: HttpRequest) -> Any:
        """Store the account with all that belongs to it, or nothing; mails are sent after it."""
        with transaction.atomic():
            return super().try_save(request)


class InvitationForm(forms.Form):
    """Form of a new invitation of `owner`; `invitations.create_invitation` has the rules."""

    note = forms.CharField(
        label=_("For whom"),
        required=False,
        max_length=200,
        help_text=_("A note for you. Guests do not see it."),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    role = forms.ModelChoiceField(
        label=_("Role"),
        queryset=Group.objects.none(),
        required=False,
        empty_label=_("No role"),
        widget=forms.Select(attrs={"class": "input"}),
    )
    most_uses = forms.IntegerField(
        label=_("How many may come by it"),
        min_value=1,
        max_value=MOST_USES,
        initial=1,
        widget=forms.NumberInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    days = forms.TypedChoiceField(
        label=_("Expires"),
        coerce=int,
        choices=[(1, _("Tomorrow")), (7, _("In a week")), (30, _("In 30 days"))],
        initial=7,
        widget=forms.Select(attrs={"class": "input"}),
    )

    def __init__(self, owner: User, *args: Any, **kwargs: Any) -> None:
        """Offer the roles that `owner` may give."""
        super().__init__(*args, **kwargs)
        self._owner = owner
        self.fields["role"].queryset = roles_offered_to(owner)  # type: ignore[attr-defined]

    def create(self) -> tuple[Invitation, str] | None:
        """Make the invitation of a valid form and return (row, token); None, with errors in the form, if it may not."""
        data = self.cleaned_data
        expires_at = timezone.now() + timedelta(days=data["days"])
        wanted = {name: data[name] for name in ("most_uses", "role", "note")}
        try:
            return create_invitation(actor=self._owner, expires_at=expires_at, **wanted)
        except ValidationError as error:
            self.add_error(None, error.messages)
            return None
