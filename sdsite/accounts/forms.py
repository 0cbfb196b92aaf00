"""Forms of the settings pages."""

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone

from sdsite.accounts.models import SCOPES

# Days by the value that the form sends; "" means for ever.
EXPIRIES: dict[str, str] = {"30": "30 days", "90": "90 days", "365": "1 year", "": "Never"}


class ApiKeyForm(forms.Form):
    """What one says of a new key. The rules themselves stand in `keys.create_key`."""

    name = forms.CharField(
        max_length=100,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off", "placeholder": "Laptop, home server …"}),
    )
    scopes = forms.MultipleChoiceField(
        choices=list(SCOPES.items()), initial=["generate", "read"], widget=forms.CheckboxSelectMultiple
    )
    expires = forms.ChoiceField(
        choices=list(EXPIRIES.items()), initial="90", required=False, widget=forms.Select(attrs={"class": "input"})
    )

    def expires_at(self) -> datetime | None:
        """Return when the key shall end; None: never."""
        days = self.cleaned_data["expires"]
        return timezone.now() + timedelta(days=int(days)) if days else None
