"""Administer people: users, groups, keys, second factors, and the trail of what was done."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from sdsite.accounts import api_keys, audit
from sdsite.accounts.admin_base import (
    AuditedAdmin,
    BetweenFilter,
    ReadOnlyAdmin,
    ask,
    change_url,
    chosen,
    filters_for,
    get_actor,
    go_to,
)
from sdsite.accounts.forms import KeyLimitsForm
from sdsite.accounts.models import ApiKey, AuditEvent, User
from sdsite.accounts.models.api_key import PREFIX

for _model in (Group, EmailAddress, Authenticator):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)

POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class PeopleAdmin(DjangoUserAdmin, AuditedAdmin):
    """Users. Only superusers hand out powers or touch those who have them; `sdsite.admin` registers it."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "role", "is_active", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("username", "email", "first_name", "last_name")
    ordering = ("username",)
    actions = ("activate", "deactivate")

    @display(description="Role", label={"administrator": "primary", "staff": "info"})
    def role(self, user: User) -> str:
        """Administrator, staff, or a plain user."""
        return "administrator" if user.is_superuser else "staff" if user.is_staff else "user"

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Powers are for superusers to give: nobody may raise themselves."""
        plain = (*super().get_readonly_fields(request, obj), "last_login", "date_joined")
        return plain if get_actor(request).is_superuser else (*plain, *POWERS)

    def _within_reach(self, request: HttpRequest, obj: Any) -> bool:
        actor = get_actor(request)
        user = User.objects.filter(pk=obj).first() if isinstance(obj, str) else obj
        return actor.is_superuser or user is None or user == actor or not (user.is_staff or user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those with powers are changed by superusers alone: their e-mail address is a way into their account."""
        return super().has_change_permission(request, obj) and self._within_reach(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for changing, and nobody deletes themselves."""
        return super().has_delete_permission(request, obj) and self._within_reach(request, obj) and obj != request.user

    def _set_active(self, request: HttpRequest, queryset: QuerySet[User], active: bool) -> None:
        done = left = 0
        for user in chosen(queryset.filter(is_active=not active)):
            if user == request.user or not self._within_reach(request, user):
                left += 1
                continue
            user.is_active = active
            user.save(update_fields=["is_active"])
            audit.record(
                actor=get_actor(request), action=f"user.{'activated' if active else 'deactivated'}", target=user
            )
            done += 1
        why = "your own account and those of staff are not yours to change here"
        self.say(request, done, "activated" if active else "deactivated", left=left, why=why)

    @action(description="Let in again", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let the selected people log in again."""
        self._set_active(request, queryset, True)

    @action(description="Lock out", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End sessions and keys of the selected people at once, and keep everything they made."""
        self._set_active(request, queryset, False)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, AuditedAdmin):
    """Groups of permissions; only superusers change what a group may do."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers alone."""
        return get_actor(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers alone: a group's permissions are everybody's in it."""
        return get_actor(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers alone."""
        return get_actor(request).is_superuser


class KeyStateFilter(admin.SimpleListFilter):
    """Keys by whether they open anything."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        return [("usable", "Usable"), ("revoked", "Revoked"), ("expired", "Expired")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Narrow the keys."""
        choices = {
            "usable": queryset.usable,
            "revoked": lambda: queryset.exclude(revoked_at=None),
            "expired": lambda: queryset.filter(expires_at__lte=timezone.now()),
        }
        return choices.get(str(self.value()), lambda: queryset)()


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys: who has which, what binds them, when they were used, and an end to them.

    People make their own, where it is shown once.
    """

    form = KeyLimitsForm
    list_display = ("name", "owner", "shown", "state", "scope_names", "limits", "last_used_at", "expires_at")
    list_select_related = ("owner",)
    search_fields = ("name", "lookup", "owner__username")
    fields = (
        "name",
        "owner",
        "shown",
        "state",
        "scope_names",
        "expires_at",
        "seconds_a_day",
        "checkpoints",
        "created_at",
        "last_used_at",
        "revoked_at",
    )
    readonly_fields = ("name", "owner", "shown", "state", "scope_names", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke_selected",)
    actions_detail = ("revoke_this",)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """By state, and by owner for those who may see people."""
        return filters_for(request, KeyStateFilter)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """End and limits are changed by those who hold the permission; of one that was revoked nothing is."""
        return self.has_operate_permission(request) and not (isinstance(obj, ApiKey) and obj.revoked_at)

    @display(description="Limits")
    def limits(self, key: ApiKey) -> str:
        """Budget and checkpoints, where the key has its own."""
        budget = f"{key.seconds_a_day:,} s a day" if key.seconds_a_day else ""
        return " · ".join(part for part in (budget, ", ".join(key.checkpoints)) if part)

    @display(description="Key")
    def shown(self, key: ApiKey) -> str:
        """The part of the key that may be shown."""
        return f"{PREFIX}_{key.lookup}_…"

    @display(description="Scopes")
    def scope_names(self, key: ApiKey) -> str:
        """What the key may do."""
        return ", ".join(key.scopes)

    @display(description="State", label={"usable": "success", "revoked": "danger", "expired": "warning"})
    def state(self, key: ApiKey) -> str:
        """Whether the key opens anything."""
        return "revoked" if key.revoked_at else "expired" if key.is_expired else "usable"

    @action(description="Revoke", permissions=["operate"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """End the selected keys for good."""
        rows = chosen(queryset.filter(revoked_at=None))
        for key in rows:
            api_keys.revoke_key(key=key, actor=get_actor(request))
        self.say(request, len(rows), "revoked")

    @action(
        description="Revoke",
        permissions=["operate"],
        icon="key_off",
        variant=ActionVariant.DANGER,
        dialog=ask(
            "Revoke this key?", "Programs that use it are turned away at once. This cannot be undone.", "Revoke"
        ),
    )
    def revoke_this(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """End this key for good."""
        key = api_keys.revoke_key(key=ApiKey.objects.get(pk=object_id), actor=get_actor(request))
        self.say(request, 1, "revoked")
        return go_to(request, change_url(key))


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """What was done, by whom. Nobody changes it, here or elsewhere."""

    list_display = ("at", "actor", "action", "target")
    list_select_related = ("actor",)
    search_fields = ("action", "target", "actor__username")
    fields = ("at", "actor", "action", "target", "detail")

    def get_list_filter(self, request: HttpRequest) -> Any:
        """By time, and by actor for those who may see people."""
        return filters_for(request, ("at", BetweenFilter), owner="actor")


@admin.register(EmailAddress)
class EmailAddressAdmin(AuditedAdmin):
    """Addresses that people log in with and get mail at."""

    list_display = ("email", "user", "primary", "verified")
    list_filter = ("primary", "verified")
    list_select_related = ("user",)
    search_fields = ("email", "user__username")
    autocomplete_fields = ("user",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An address is a way into the account: those of staff are changed by superusers alone."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or get_actor(request).is_superuser or not obj.user.is_staff)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers alone, for the same reason."""
        return get_actor(request).is_superuser


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors: who has one; deleting one lets somebody in who lost it. Their secrets are never shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = (("type", ChoicesDropdownFilter),)
    list_select_related = ("user",)
    search_fields = ("user__username",)
    fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers alone: this weakens an account."""
        return get_actor(request).is_superuser
