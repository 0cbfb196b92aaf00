"""Admin site: sign-in, content security policy, and the admin of users with what deleting one removes."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.defaults import permission_denied
from django_rq.models import Dashboard

from generation.models import Job, Share
from sdsite.accounts.admin import PeopleAdmin
from sdsite.accounts.admin_base import get_actor
from sdsite.accounts.models import ApiKey, SignupRequest, User
from sdsite.people.removal import remove_person

# The theme's Alpine.js evaluates expressions and its templates set styles; see docs/decisions/0002-admin-csp.md.
ADMIN_POLICY = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}

# The pages of django-rq can run and show pickled calls, and two of them have a log-in of their own.
if admin.site.is_registered(Dashboard):
    admin.site.unregister(Dashboard)

# Two-factor sign-in and log-in limits hold for administrators too.
_secure_login = secure_admin_login(admin.site.login)


def _login(request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
    try:
        response: HttpResponseBase = _secure_login(request, extra_context)
    except PermissionDenied as error:  # a person who is no staff; Django would log a traceback
        return permission_denied(request, error)
    return response


admin.site.login = _login  # type: ignore[method-assign, assignment]


def view_on_site(request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponseBase:
    """Redirect to the page of an object, as Django does; 404 for types without a table, and for impossible ids."""
    try:
        model = ContentType.objects.get(pk=content_type_id).model_class()
        if model is None or not model._meta.managed:
            raise Http404
        return shortcut(request, int(content_type_id), object_id)
    except (ContentType.DoesNotExist, ValueError, ValidationError) as error:
        raise Http404 from error


_plain_admin_view = admin.site.admin_view


def _admin_view(view: Any, cacheable: bool = False) -> Any:
    return csp_update(ADMIN_POLICY)(_plain_admin_view(view, cacheable))


admin.site.admin_view = _admin_view  # type: ignore[method-assign]


@admin.register(User)
class UserAdmin(PeopleAdmin):
    """Users, and the deletion of a user with jobs and images."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Allow jobs, keys and what else cannot be deleted by hand to be deleted with their owner."""
        listed, counts, needed, protected = super().get_deleted_objects(objs, request)
        return (
            listed,
            counts,
            needed - {model._meta.verbose_name for model in (ApiKey, Job, Share, SignupRequest)},
            protected,
        )

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Cancel the user's jobs, delete images and files, then the account."""
        remove_person(obj, actor=get_actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete users one after the other, as `delete_model` does."""
        for user in queryset:
            remove_person(user, actor=get_actor(request))
