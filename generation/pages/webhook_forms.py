"""Forms of the webhooks' settings pages; `generation.webhooks.actions` checks the values."""

from django import forms

from generation.models.webhook import LONGEST_NAME, LONGEST_URL
from generation.webhooks.catalog import END_EVENTS, EVENTS


class WebhookForm(forms.Form):
    """Name, address and events of a new webhook."""

    name = forms.CharField(
        max_length=LONGEST_NAME,
        widget=forms.TextInput(
            attrs={"class": "input", "autocomplete": "off", "placeholder": "Chat bot, home server …"}
        ),
    )
    url = forms.CharField(
        label="Address",
        max_length=LONGEST_URL,
        widget=forms.URLInput(
            attrs={"class": "input", "autocomplete": "off", "placeholder": "https://example.org/hooks/sdsite"}
        ),
    )
    events = forms.MultipleChoiceField(
        choices=list(EVENTS.items()), initial=list(END_EVENTS), widget=forms.CheckboxSelectMultiple
    )


class ChangeForm(WebhookForm):
    """The same for an existing webhook, which can be disabled."""

    enabled = forms.BooleanField(label="Enabled", required=False)
