"""Admin of users, groups, API keys, email addresses, two-factor devices and the audit log."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from sdsite.accounts import api_keys
from sdsite.accounts.admin_base import (
    AuditedAdmin,
    ReadOnlyAdmin,
    ask,
    change_url,
    chosen,
    confirm_first,
    count,
    filters_for,
    get_actor,
    go_to,
)
from sdsite.accounts.audit_log import admin as audit_admin
from sdsite.accounts.forms import KeyLimitsForm
from sdsite.accounts.joining import admin as joining_admin
from sdsite.accounts.joining.requests import approve
from sdsite.accounts.leaving.deletion import keep_account
from sdsite.accounts.models import AccountDeletion, ApiKey, SignupRequest, User
from sdsite.accounts.models.api_key import PREFIX
from sdsite.accounts.required_steps import admin as steps_admin
from sdsite.accounts.roles import admin as roles_admin
from sdsite.accounts.roles.deeds import DeedRefused
from sdsite.accounts.roles.suspension import check_person, end_suspension, suspend
from sdsite.accounts.sessions import admin as sessions_admin
from sdsite.accounts.single_sign_on import admin as single_sign_on_admin

for _model in (EmailAddress, Authenticator):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)

__all__ = ["audit_admin", "joining_admin", "sessions_admin", "single_sign_on_admin", "steps_admin"]

PRIVILEGES = ("is_staff", "is_superuser", "groups", "user_permissions")


class PeopleAdmin(roles_admin.FollowsRoles, sessions_admin.LogsPeopleOut, DjangoUserAdmin, AuditedAdmin):
    """Users. Only superusers change privileges, or users who have some; `sdsite.admin` registers a subclass."""

    form = roles_admin.PersonForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "role", "is_active", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("username", "email", "first_name", "last_name")
    ordering = ("username",)
    actions: tuple[str, ...] = ("activate", "deactivate", "log_out")

    @display(description="Role", label={"administrator": "primary", "staff": "info"})
    def role(self, user: User) -> str:
        """Return administrator, staff or user."""
        return "administrator" if user.is_superuser else "staff" if user.is_staff else "user"

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Privileges are read-only but for superusers, so that users cannot raise their own."""
        plain = (*super().get_readonly_fields(request, obj), "last_login", "date_joined")
        return plain if get_actor(request).is_superuser else (*plain, *PRIVILEGES)

    def _may_manage(self, request: HttpRequest, obj: Any) -> bool:
        actor = get_actor(request)
        user = User.objects.filter(pk=obj).first() if isinstance(obj, str) else obj
        return actor.is_superuser or user is None or user == actor or not (user.is_staff or user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only superusers change staff: whoever changes the email address can take over the account."""
        return super().has_change_permission(request, obj) and self._may_manage(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The rule for changes holds, and users cannot delete themselves."""
        return super().has_delete_permission(request, obj) and self._may_manage(request, obj) and obj != request.user

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save a user; one who is made active does not wait for approval any more."""
        super().save_model(request, obj, form, change)
        if obj.is_active:
            SignupRequest.objects.filter(user=obj).delete()
            AccountDeletion.objects.filter(user=obj).delete()

    def _set_active(self, request: HttpRequest, queryset: QuerySet[User], active: bool) -> None:
        done = left = 0
        suspended = queryset.filter(is_active=False, suspension__isnull=False).values("pk")
        for user in chosen(queryset.filter(is_active=False) if active else queryset.exclude(pk__in=suspended)):
            try:
                check_person(user, get_actor(request))
                if not active:
                    self.suspend_person(user, get_actor(request))
            except (ValidationError, DeedRefused):  # themselves, staff, or the last administrator
                left += 1
                continue
            if active and approve(requests=SignupRequest.objects.filter(user=user), actor=get_actor(request)):
                done += 1
                continue
            if active and keep_account(user=user, actor=get_actor(request)):
                done += 1
                continue
            if active:
                end_suspension(user=user, actor=get_actor(request))
            done += 1
        why = "you cannot change your own account here, nor those of staff or of the only administrator"
        self.say(request, done, "reactivated" if active else "suspended", left=left, why=why)

    def suspend_person(self, person: User, actor: User) -> None:
        """Suspend somebody until it is ended."""
        suspend(user=person, until=None, reason="", actor=actor)

    @action(description="Reactivate", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let the selected users sign in again."""
        self._set_active(request, queryset, True)

    @action(description="Suspend", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End the sessions and keys of the selected users at once; what they made stays."""
        self._set_active(request, queryset, False)


class KeyStateFilter(admin.SimpleListFilter):
    """Filter of keys by state."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("usable", "Usable"), ("revoked", "Revoked"), ("expired", "Expired")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the keys in the chosen state."""
        choices = {
            "usable": queryset.usable,
            "revoked": lambda: queryset.exclude(revoked_at=None),
            "expired": lambda: queryset.filter(expires_at__lte=timezone.now()),
        }
        return choices.get(str(self.value()), lambda: queryset)()


def _effects_of_revoking(keys: QuerySet[ApiKey]) -> list[str]:
    usable = count(keys.filter(revoked_at=None).count(), "key")
    return [f"{usable} of {count(keys.values('owner').distinct().count(), 'owner')} will be refused at once, for good."]


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """API keys: owners, limits, last use, and revoking. Users create their own on the settings page."""

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
        """Filter by state, and by owner where the administrator may view users."""
        return filters_for(request, KeyStateFilter)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Expiry and limits can be changed with the permission, unless the key was revoked."""
        return self.has_operate_permission(request) and not (isinstance(obj, ApiKey) and obj.revoked_at)

    @display(description="Limits")
    def limits(self, key: ApiKey) -> str:
        """Return the key's own limits: GPU time and checkpoints."""
        budget = f"{key.seconds_a_day:,} GPU seconds a day" if key.seconds_a_day else ""
        return " · ".join(part for part in (budget, ", ".join(key.checkpoints)) if part)

    @display(description="Key")
    def shown(self, key: ApiKey) -> str:
        """Return the public part of the key."""
        return f"{PREFIX}_{key.lookup}_…"

    @display(description="Scopes")
    def scope_names(self, key: ApiKey) -> str:
        """Return the scopes."""
        return ", ".join(key.scopes)

    @display(description="State", label={"usable": "success", "revoked": "danger", "expired": "warning"})
    def state(self, key: ApiKey) -> str:
        """Return usable, revoked or expired."""
        return "revoked" if key.revoked_at else "expired" if key.is_expired else "usable"

    @action(description="Revoke", permissions=["operate"])
    @confirm_first("Revoke", _effects_of_revoking)
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Revoke the selected keys for good."""
        rows = chosen(queryset.filter(revoked_at=None))
        for key in rows:
            api_keys.revoke_key(key=key, actor=get_actor(request))
        self.say(request, len(rows), "revoked")

    @action(
        description="Revoke",
        permissions=["operate"],
        icon="key_off",
        variant=ActionVariant.DANGER,
        dialog=ask("Revoke this key?", "Programs that use it are refused at once. This cannot be undone.", "Revoke"),
    )
    def revoke_this(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Revoke this key for good."""
        key = api_keys.revoke_key(key=ApiKey.objects.get(pk=object_id), actor=get_actor(request))
        self.say(request, 1, "revoked")
        return go_to(request, change_url(key))


@admin.register(EmailAddress)
class EmailAddressAdmin(AuditedAdmin):
    """Email addresses, with which users sign in and reset their passwords."""

    list_display = ("email", "user", "primary", "verified")
    list_filter = ("primary", "verified")
    list_select_related = ("user",)
    search_fields = ("email", "user__username")
    autocomplete_fields = ("user",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only superusers change addresses of staff, because an address can reset the password."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or get_actor(request).is_superuser or not obj.user.is_staff)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only superusers, for the same reason."""
        return get_actor(request).is_superuser


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Two-factor devices. Deleting one helps a user who lost it; their secrets are never shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = (("type", ChoicesDropdownFilter),)
    list_select_related = ("user",)
    search_fields = ("user__username",)
    fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only superusers, because this weakens an account."""
        return get_actor(request).is_superuser
