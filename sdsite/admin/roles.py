"""Admin of roles: one page with a column for each role, its permissions and its limits."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from sdsite.accounts.admin_base import ReadOnlyAdmin, can, get_actor
from sdsite.accounts.models import Role
from sdsite.admin import role_matrix
from sdsite.people.roles.change import RoleChange, change_roles, create_role

PERMISSION = "accounts.manage_roles"


@admin.register(Role)
class RoleAdmin(ReadOnlyAdmin):
    """The matrix of roles."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who manage roles."""
        return can(request, PERMISSION)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Those who manage roles."""
        return can(request, PERMISSION)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the matrix; on POST save it, or create a role. A page that is older than a change saves nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = role_matrix.columns()
        if request.method != "POST":
            return self._page(request, found)
        try:
            if "new" in request.POST:
                create_role(name=request.POST.get("name", ""), change=RoleChange(), actor=get_actor(request))
                messages.success(request, _("The role was created. Tick what its members may do."))
            elif request.POST.get("seen") != role_matrix.seen(found):
                messages.error(request, _("Somebody changed the roles meanwhile. This is how they are now."))
            elif change_roles(role_matrix.changes_of(request.POST, found), actor=get_actor(request)):
                messages.success(request, _("The roles were saved."))
        except (ValidationError, role_matrix.Unusable) as error:
            messages.error(request, " ".join(getattr(error, "messages", [str(error)])))
            return self._page(request, found, refused=True)
        return redirect("admin:accounts_role_changelist")

    def _page(self, request: HttpRequest, found: list[role_matrix.Column], *, refused: bool = False) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Roles"),
            "opts": self.opts,
            "columns": found,
            "roles": [column for column in found if column.group is not None],
            "permissions": role_matrix.permission_table(found),
            "limits": role_matrix.limit_table(found, request.POST if refused and "new" not in request.POST else None),
            "seen": role_matrix.seen(found),
        }
        return render(request, "admin/roles.html", context, status=422 if refused else 200)
