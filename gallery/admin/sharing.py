"""Admin pages of sharing: links, which can be revoked, and reports, which can be resolved."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from gallery.actions.moderation import dismiss_reports
from gallery.actions.sharing import revoke_links
from gallery.admin import effects
from gallery.models import Report, ShareLink
from sdsite.accounts.admin_base import (
    BetweenFilter,
    ReadOnlyAdmin,
    can,
    change_url,
    confirm_first,
    filters_for,
    get_actor,
    link,
)


@admin.register(ShareLink)
class ShareLinkAdmin(ReadOnlyAdmin):
    """Share links of all people; their addresses are secret and not shown."""

    list_display = ("on", "owner", "has_password", "expires_at", "revoked_at", "created_at")
    list_select_related = ("owner", "image", "collection")
    search_fields = ("owner__username", "^image__id", "^collection__id")
    search_help_text = "Owner, image id or collection id"
    readonly_fields = ("on", "has_password")
    fields = ("on", "owner", "has_password", "expires_at", "revoked_at", "created_at")
    actions = ("revoke_selected",)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filter by revocation and time, and by owner for administrators who may view users."""
        return filters_for(request, ("revoked_at", EmptyFieldListFilter), ("created_at", BetweenFilter))

    def has_revoke_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Tell whether the administrator may close links."""
        return can(request, "gallery.change_sharelink")

    @action(description="Revoke", permissions=["revoke"])
    @confirm_first("Revoke", effects.of_closing_links)
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[ShareLink]) -> None:
        """Close the selected links at once and for good."""
        rows = ShareLink.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
        done = revoke_links(links=rows, actor=get_actor(request))
        self.say(request, done, "revoked", left=rows.count() - done, why="revoked before")

    @display(description="Shows")
    def on(self, shared: ShareLink) -> SafeString:
        """Link to the image or the collection."""
        target: Any = shared.image or shared.collection
        return link(change_url(target), str(target))

    @display(description="Password", boolean=True)
    def has_password(self, shared: ShareLink) -> bool:
        """Whether a password is asked for."""
        return bool(shared.password)


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """Reports of images by people of this site."""

    list_display = ("reason", "on", "owner_of_image", "reporter", "created_at", "resolved_at", "outcome")
    list_select_related = ("reporter", "image", "image__owner")
    search_fields = ("text", "reporter__username", "image__owner__username", "^image__id")
    search_help_text = "Text, reporter, owner or image id"
    readonly_fields = ("on", "owner_of_image")
    fields = ("reason", "text", "on", "owner_of_image", "reporter", "created_at", "resolved_at", "outcome")
    actions = ("resolve_selected",)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filter by state, reason and time."""
        state = ("resolved_at", EmptyFieldListFilter)
        return filters_for(
            request, state, ("reason", ChoicesDropdownFilter), ("created_at", BetweenFilter), owner="image__owner"
        )

    def has_resolve_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Tell whether the administrator may close reports: those who may review images."""
        return can(request, "gallery.delete_image")

    @action(description="Mark as resolved", permissions=["resolve"])
    @confirm_first("Mark as resolved", effects.of_resolving)
    def resolve_selected(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        """Close the selected reports."""
        rows = Report.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
        done = dismiss_reports(reports=rows, actor=get_actor(request))
        self.say(request, done, "resolved", left=rows.count() - done, why="resolved before")

    @display(description="Image")
    def on(self, report: Report) -> SafeString | str:
        """Link to the image, if it is still there."""
        return link(change_url(report.image), str(report.image)) if report.image else "deleted"

    @display(description="Owner of the image")
    def owner_of_image(self, report: Report) -> str:
        """Name of the person whose image it is."""
        return report.image.owner.username if report.image else ""
