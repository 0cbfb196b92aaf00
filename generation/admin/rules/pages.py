"""Admin of the site's rules: list, form with their versions, and the page that tries one."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.timezone import localtime
from unfold.decorators import action, display

from gallery.models import Rule, RuleVersion
from gallery.rules.changes import TooManyRules, remove_rule, said_by, save_rule
from gallery.rules.content import RuleContent
from generation.admin.rules.forms import OF_CHECKER, OF_PROMPTS, OF_PUBLICATIONS, RuleForm
from generation.parameters.ranges import PROMPT_CHARACTERS
from generation.rules.trial import LOOKED_BACK, days_of_jobs, try_on_past, try_on_text
from sdsite.accounts.admin_base import AuditedAdmin, can, get_actor
from sdsite.accounts.models import User

PERMISSION = "generation.manage_rules"
SHOWN_VERSIONS = 10


class ForRuleManagers(AuditedAdmin):
    """Model admin for those who may manage rules, whatever else they may."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may manage rules."""
        return can(request, PERMISSION)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the user may manage rules."""
        return can(request, PERMISSION)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the user may manage rules."""
        return can(request, PERMISSION)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the user may manage rules."""
        return can(request, PERMISSION)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the user may manage rules."""
        return can(request, PERMISSION)


@admin.register(Rule)
class RuleAdmin(ForRuleManagers):
    """Rules of the site; every change is a version, through `gallery.rules.changes`, which writes the audit log."""

    form = RuleForm
    list_display = ("name", "scope", "decision", "order", "enabled")
    list_filter = ("enabled", "scope", "decision")
    search_fields = ("name",)
    filter_horizontal = ("roles",)
    readonly_fields = ("versions",)
    audited_elsewhere = ("created", "changed", "deleted")
    actions_detail = ("try_this",)
    fieldsets = (
        (None, {"fields": ("name", "enabled", "scope", "decision", "order", "reason")}),
        ("Prompts", {"fields": OF_PROMPTS, "description": "For the scope of prompts: words or an expression."}),
        ("Safety checker", {"fields": OF_CHECKER, "description": "For the scope of the safety checker."}),
        ("Publications", {"fields": OF_PUBLICATIONS, "description": "For bursts and for new accounts."}),
        ("Who", {"fields": ("roles",)}),
        ("Versions", {"fields": ("versions",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        """Return the rules that were not removed."""
        return super().get_queryset(request).filter(removed_at=None)

    def get_urls(self) -> list[Any]:
        """Add the page that tries a rule."""
        page = self.admin_site.admin_view(self.try_page)
        return [path("<int:number>/try/", page, name="gallery_rule_try"), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        """Save it as a new version."""
        try:
            saved = save_rule(content=form.content, actor=get_actor(request), rule=obj if change else None)
        except TooManyRules as error:
            raise PermissionDenied(str(error)) from error
        obj.pk = saved.pk

    def delete_model(self, request: HttpRequest, obj: Rule) -> None:
        """Remove it; its versions and matches stay."""
        remove_rule(rule=obj, actor=get_actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        """Remove the selected rules."""
        for rule in queryset:
            remove_rule(rule=rule, actor=get_actor(request))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name the rules only: versions and matches stay."""
        return [str(rule) for rule in objs], {"rules": len(objs)}, set(), []

    @display(description="Newest versions")
    def versions(self, rule: Rule) -> Any:
        """Return who saved the newest versions, and when."""
        if not rule.pk:
            return "None yet."
        rows = rule.versions.select_related("saved_by")[:SHOWN_VERSIONS]
        said = (
            (row.pk, date_format(localtime(row.saved_at), "SHORT_DATETIME_FORMAT"), row.saved_by or "–", _said(row))
            for row in rows
        )
        return format_html_join("", "<p>{}: {}, {}. {}</p>", said)

    @action(description="Try it", url_path="try-it", permissions=["change"])
    def try_this(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Open the page that tries this rule."""
        return redirect(reverse("admin:gallery_rule_try", args=[object_id]))

    def try_page(self, request: HttpRequest, number: int) -> HttpResponse:
        """Show what a rule matches in a text, or would have matched in the last 30 days; nothing is stored."""
        if not can(request, PERMISSION):
            raise PermissionDenied
        rule = get_object_or_404(Rule.objects.kept(), pk=number)
        content = RuleContent.model_validate(said_by(rule))
        context = {"title": f"Try {rule}", "opts": Rule._meta, "rule": rule, "content": content}
        context["days"] = days_of_jobs() if content.scope == "prompt" else LOOKED_BACK.days
        context["text"] = text = request.POST.get("text", "")[:PROMPT_CHARACTERS]
        if request.method == "POST" and "past" in request.POST:
            context["trial"] = trial = try_on_past(content)
            people = User.objects.in_bulk({one.user_id for one in trial.examples})
            context["examples"] = [(one, people.get(one.user_id)) for one in trial.examples]
        elif request.method == "POST":
            context["tried"] = True
            context["matched"] = try_on_text(content, text) if content.scope == "prompt" else None
        return TemplateResponse(request, "admin/try_rule.html", {**self.admin_site.each_context(request), **context})

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Say that it holds."""
        messages.info(request, "It holds from the next request or image on.")
        return super().response_add(request, obj, post_url_continue)


def _said(version: RuleVersion) -> str:
    """Return a version in a few words."""
    content = version.content
    if content is None:
        return "Removed."
    state = "on" if content["enabled"] else "off"
    what = content["words"] or content["expression"] or content["label"] or content["scope"]
    return f"{content['decision']}, {state}: {what[:200]}"
