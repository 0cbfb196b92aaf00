"""Admin of identity providers and of the accounts that are connected to them."""

import re
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget, UnfoldAdminURLInputWidget

from sdsite.accounts.admin_base import AuditedAdmin, ReadOnlyAdmin, get_actor
from sdsite.accounts.models import IdentityProvider, ProviderRole

DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")

for _model in (SocialAccount, SocialApp, SocialToken):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


class ProviderForm(forms.ModelForm):
    """Form of a provider; the secret is written and never shown."""

    secret = forms.CharField(
        label="Client secret",
        required=False,
        max_length=191,
        strip=True,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Never shown. Empty: what is stored stays.",
    )
    allowed_domains = forms.CharField(
        label="Allowed domains",
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextInputWidget,
        help_text="Of verified email addresses, with commas: example.org, example.com. Empty: any address, or none.",
    )

    server_url = forms.URLField(
        label="Server URL",
        assume_scheme="https",
        max_length=300,
        widget=UnfoldAdminURLInputWidget,
        help_text="Issuer, or the address of its .well-known/openid-configuration.",
    )

    class Meta:
        """All fields."""

        model = IdentityProvider
        fields = (
            *("name", "slug", "server_url", "client_id", "secret", "allowed_domains", "new_people", "groups_claim"),
            *("is_local", "enabled"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the domains with commas."""
        super().__init__(*args, **kwargs)
        self.stored_secret = self.instance.secret
        if "allowed_domains" in self.fields:
            self.initial["allowed_domains"] = ", ".join(self.instance.allowed_domains)
        self.initial.pop("secret", None)

    def clean_secret(self) -> str:
        """Keep the stored secret where none is given."""
        return self.cleaned_data["secret"] or self.stored_secret

    def clean_allowed_domains(self) -> list[str]:
        """Return the domains in lower case, each once."""
        listed = re.split(r"[,\s]+", self.cleaned_data["allowed_domains"].lower())
        domains = list(dict.fromkeys(one.lstrip("@") for one in listed if one))
        wrong = [one for one in domains if not DOMAIN.fullmatch(one)]
        if wrong:
            raise ValidationError(f"These are no domains: {', '.join(wrong)[:200]}")
        return domains

    def clean(self) -> dict[str, Any]:
        """Ask for TLS, unless the provider is in the own network."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        url = data.get("server_url")
        if url and urlsplit(url).scheme != "https" and not data.get("is_local"):
            self.add_error("server_url", "The address must begin with https://, unless it is in the own network.")
        return data


class ProviderRoleInline(TabularInline):
    """Groups of the provider, and the roles that they give."""

    model = ProviderRole
    extra = 1
    verbose_name = "role by group"
    verbose_name_plural = "roles by group"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name each field: the head of the table names its column for the eye alone."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = field.label
        return field


@admin.register(IdentityProvider)
class IdentityProviderAdmin(AuditedAdmin):
    """Identity providers; only superusers change them, because whoever runs one is let in as anybody it names."""

    form = ProviderForm
    inlines = (ProviderRoleInline,)
    list_display = ("name", "server_url", "new_people", "enabled")
    readonly_fields = ("callback",)
    fields = (*ProviderForm.Meta.fields, "callback")

    @display(description="Redirect address for the provider")
    def callback(self, row: IdentityProvider) -> str:
        """Return the path that the provider has to know, below the site's own address."""
        return reverse("openid_connect_callback", args=[row.slug]) if row.pk else "Shown once it is saved."

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """The name in addresses cannot be changed."""
        return (*self.readonly_fields, "slug") if obj else self.readonly_fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only superusers."""
        return get_actor(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only superusers."""
        return get_actor(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only superusers."""
        return get_actor(request).is_superuser


@admin.register(SocialAccount)
class ConnectedAccountAdmin(ReadOnlyAdmin):
    """Accounts of people at identity providers; deleting one disconnects it."""

    list_display = ("person", "provider", "uid", "last_login")
    list_select_related = ("user",)
    search_fields = ("user__username", "uid")
    fields = ("person", "provider", "uid", "date_joined", "last_login")
    readonly_fields = fields

    @display(description="User")
    def person(self, row: SocialAccount) -> str:
        """Return whose it is."""
        return str(row.user)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only superusers: somebody without a password could not sign in any more."""
        return get_actor(request).is_superuser
