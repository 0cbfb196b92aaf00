"""Forms of the settings pages and the admin."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from sdsite.accounts.api_keys import MOST_SECONDS
from sdsite.accounts.checkpoint_choices import checkpoints_offered_to
from sdsite.accounts.models import SCOPES, ApiKey, User
from sdsite.accounts.scopes import scopes_open_to

# Value sent by the form, in days -> label; "" means never.
EXPIRIES = {
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "365": gettext_lazy("1 year"),
    "": gettext_lazy("Never"),
}


class ApiKeyForm(forms.Form):
    """Form for a new API key of the user's own; `api_keys.create_key` has the rules."""

    name = forms.CharField(
        max_length=100,
        widget=forms.TextInput(
            attrs={"class": "input", "autocomplete": "off", "placeholder": gettext_lazy("Laptop, home server …")}
        ),
    )
    scopes = forms.MultipleChoiceField(initial=["generate", "read"], widget=forms.CheckboxSelectMultiple)
    expires = forms.ChoiceField(
        choices=list(EXPIRIES.items()), initial="90", required=False, widget=forms.Select(attrs={"class": "input"})
    )
    seconds_a_day = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_SECONDS,
        widget=forms.NumberInput(
            attrs={"class": "input", "placeholder": gettext_lazy("No limit"), "autocomplete": "off"}
        ),
    )
    checkpoints = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, owner: User, *args: Any, **kwargs: Any) -> None:
        """Offer the scopes and checkpoints that `owner` may give to a key."""
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(scope, gettext(SCOPES[scope])) for scope in scopes_open_to(owner)]  # type: ignore[attr-defined]
        self.fields["checkpoints"].choices = list(checkpoints_offered_to(owner).items())  # type: ignore[attr-defined]

    def expires_at(self) -> datetime | None:
        """Return when the key expires; None: never."""
        days = self.cleaned_data["expires"]
        return timezone.now() + timedelta(days=int(days)) if days else None


class KeyLimitsForm(forms.ModelForm):
    """Admin form of an API key: expiry and limits, all that can be changed."""

    checkpoints = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all that its owner may use.",
    )

    class Meta:
        """The fields that limit a key."""

        model = ApiKey
        fields = ("expires_at", "seconds_a_day", "checkpoints")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the checkpoints of the key's owner, and those that the key names although they are gone."""
        super().__init__(*args, **kwargs)
        if "checkpoints" in self.fields:
            offered = checkpoints_offered_to(self.instance.owner)
            gone = {slug: f"{slug} (not offered)" for slug in self.instance.checkpoints if slug not in offered}
            self.fields["checkpoints"].choices = list({**offered, **gone}.items())  # type: ignore[attr-defined]

    def clean_seconds_a_day(self) -> int | None:
        """Check the range."""
        seconds: int | None = self.cleaned_data["seconds_a_day"]
        if seconds is not None and not 1 <= seconds <= MOST_SECONDS:
            raise forms.ValidationError(f"GPU seconds a day must be 1 to {MOST_SECONDS}, or empty.")
        return seconds
