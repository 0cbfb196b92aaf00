"""Admin of the language models that rewrite prompts."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminURLInputWidget

from generation.models import PromptEnhancer
from sdsite.accounts.admin_base import AuditedAdmin, get_actor


class EnhancerForm(forms.ModelForm):
    """Form of a language model; its key is written and never shown."""

    key = forms.CharField(
        label="API key",
        required=False,
        max_length=300,
        strip=True,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Never shown. Empty: what is stored stays.",
    )
    url = forms.URLField(
        label="Address",
        assume_scheme="https",
        max_length=300,
        widget=UnfoldAdminURLInputWidget,
        help_text="Of an API like OpenAI's, such as https://llm.example.org/v1; prompts are sent there.",
    )

    class Meta:
        """All fields."""

        model = PromptEnhancer
        fields = ("name", "url", "model", "key", "instruction", "is_local", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep the stored key out of the page."""
        super().__init__(*args, **kwargs)
        self.stored_key = self.instance.key
        self.initial.pop("key", None)

    def clean(self) -> dict[str, Any]:
        """Ask for TLS, unless the host is in the own network; keep the key unless the host is another one."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        url = data.get("url")
        if url and urlsplit(url).scheme != "https" and not data.get("is_local"):
            self.add_error("url", "The address must begin with https://, unless it is in the own network.")
        same_host = urlsplit(url or "").netloc == urlsplit(self.initial.get("url", "")).netloc
        data["key"] = data.get("key") or (self.stored_key if same_host else "")
        return data


@admin.register(PromptEnhancer)
class PromptEnhancerAdmin(AuditedAdmin):
    """Language models; only superusers change them, because everybody's prompts go there."""

    form = EnhancerForm
    list_display = ("name", "url", "model", "enabled")
    fields = EnhancerForm.Meta.fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only superusers."""
        return get_actor(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only superusers."""
        return get_actor(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only superusers."""
        return get_actor(request).is_superuser
