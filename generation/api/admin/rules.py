"""Router of the site's rules: what they say, their versions, and a trial."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Path, Router, Status
from pydantic import BaseModel, Field

from gallery.models import Rule, RuleVersion
from gallery.rules.changes import MOST_RULES, remove_rule, save_rule
from gallery.rules.content import RuleContent
from gallery.rules.current import newest_versions
from generation.parameters.ranges import PROMPT_CHARACTERS
from generation.rules.trial import try_on_past, try_on_text
from sdsite.accounts.models import User
from sdsite.accounts.scopes import require_permission, require_scope
from sdsite.core.schemas import StrictModel

router = Router(tags=["Administration"])

SCOPE, PERMISSION = "admin", "generation.manage_rules"
MOST_VERSIONS = 100
Number = Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the rule.")]


class RuleVersionOut(BaseModel):
    """What a rule said from a moment on."""

    version: int = Field(description="Grows with every change of any rule.", examples=[12])
    saved_at: datetime
    saved_by: str | None = Field(description="User name; null: the person is gone.", examples=["root"])
    content: RuleContent | None = Field(description="Null: it was removed.")


class RuleOut(BaseModel):
    """A rule that was not removed, and its newest version."""

    number: int = Field(examples=[3])
    version: int = Field(examples=[12])
    saved_at: datetime
    content: RuleContent


class RulesOut(BaseModel):
    """All rules, in the order in which they are read."""

    items: list[RuleOut]


class RuleVersionsOut(BaseModel):
    """The newest versions of one rule, the newest first."""

    items: list[RuleVersionOut]


class RuleTrialIn(StrictModel):
    """A rule to try, as it would be saved."""

    rule: RuleContent
    text: str | None = Field(
        None,
        max_length=PROMPT_CHARACTERS,
        description="Scope prompt: try it on this prompt only; null: on the last 30 days.",
        examples=[None],
    )


class RuleExampleOut(BaseModel):
    """Something that the rule would have matched."""

    user: str = Field(examples=["alice"])
    at: datetime
    matched: str = Field(examples=["acme"])
    text: str = Field(description="The prompt, shortened.", examples=["an acme anvil"])
    job: uuid.UUID | None
    image: uuid.UUID | None


class RuleTrialOut(BaseModel):
    """What a rule would match."""

    matched: str | None = Field(description="Of `text`: the passage; null: none, or no text was sent.", examples=[None])
    looked_at: int = Field(description="Jobs, checked images or published images of those whom the rule binds.")
    caught: int = Field(description="How many of them it matches.")
    people: int = Field(description="Whose they are.")
    since: datetime | None = Field(description="How far back it looked; null: a text was sent.")
    complete: bool = Field(description="False: only the newest were looked at, 20,000 or what ten seconds allow.")
    examples: list[RuleExampleOut] = Field(description="The newest that it matches, at most 20.")


@router.get("/admin/rules", response=RulesOut, operation_id="list_rules", summary="List the site's rules")
def list_rules(request: HttpRequest) -> RulesOut:
    """Return all rules in their order, those that are off too. Needs the scope `admin`.

    For staff who may manage rules.
    """
    require_manager(request)
    return RulesOut(items=_represent(Rule.objects.kept()))


@router.post("/admin/rules", response={201: RuleOut}, operation_id="create_rule", summary="Create a rule")
def create_rule(request: HttpRequest, body: RuleContent) -> Status[RuleOut]:
    """Create a rule, which holds from the next request or image on. Needs the scope `admin`.

    For staff who may manage rules; the audit log records it.
    """
    require_manager(request)
    return Status(201, _represent([save_rule(content=body, actor=request.user)])[0])


@router.post("/admin/rules/test", response=RuleTrialOut, operation_id="test_rule", summary="Try a rule")
def test_rule(request: HttpRequest, body: RuleTrialIn) -> RuleTrialOut:
    """Return what a rule would match: of a text, or of the last 30 days, as far as jobs are kept. Nothing is stored.

    For staff who may manage rules. Needs the scope `admin`.
    """
    require_manager(request)
    if body.text is not None and body.rule.scope == "prompt":
        matched = try_on_text(body.rule, body.text)
        caught = int(matched is not None)
        return RuleTrialOut(
            matched=matched, looked_at=1, caught=caught, people=0, since=None, complete=True, examples=[]
        )
    trial = try_on_past(body.rule)
    names = dict(User.objects.filter(pk__in={one.user_id for one in trial.examples}).values_list("pk", "username"))
    return RuleTrialOut(
        matched=None,
        looked_at=trial.looked_at,
        caught=trial.caught,
        people=len(trial.people),
        since=trial.since,
        complete=trial.complete,
        examples=[
            RuleExampleOut(
                user=names.get(one.user_id, ""),
                at=one.at,
                matched=one.matched,
                text=one.text,
                job=one.job_id,
                image=one.image_id,
            )
            for one in trial.examples
        ],
    )


@router.get("/admin/rules/{number}", response=RuleOut, operation_id="get_rule", summary="Get a rule")
def get_rule(request: HttpRequest, number: Number) -> RuleOut:
    """Return one rule. Needs the scope `admin`.

    For staff who may manage rules.
    """
    require_manager(request)
    return _represent([_one(number)])[0]


@router.put("/admin/rules/{number}", response=RuleOut, operation_id="change_rule", summary="Change a rule")
def change_rule(request: HttpRequest, number: Number, body: RuleContent) -> RuleOut:
    """Replace what a rule says; fields left out have their defaults. Needs the scope `admin`.

    For staff who may manage rules; the audit log records it with what it said before.
    """
    require_manager(request)
    return _represent([save_rule(content=body, actor=request.user, rule=_one(number))])[0]


@router.delete("/admin/rules/{number}", response={204: None}, operation_id="remove_rule", summary="Remove a rule")
def delete_rule(request: HttpRequest, number: Number) -> HttpResponse:
    """Remove a rule; its versions and what it matched stay. Needs the scope `admin`.

    For staff who may manage rules; the audit log records it.
    """
    require_manager(request)
    if not remove_rule(rule=_one(number), actor=request.user):
        raise Rule.DoesNotExist
    return HttpResponse(status=204)


@router.get(
    "/admin/rules/{number}/versions",
    response=RuleVersionsOut,
    operation_id="list_rule_versions",
    summary="List what a rule said",
)
def list_rule_versions(request: HttpRequest, number: Number) -> RuleVersionsOut:
    """Return the newest 100 versions of a rule, also of a removed one. Needs the scope `admin`.

    For staff who may manage rules.
    """
    require_manager(request)
    rule = get_object_or_404(Rule, pk=number)
    rows = rule.versions.select_related("saved_by")[:MOST_VERSIONS]
    return RuleVersionsOut(
        items=[
            RuleVersionOut(
                version=row.pk,
                saved_at=row.saved_at,
                saved_by=row.saved_by.username if row.saved_by else None,
                content=None if row.content is None else RuleContent.model_validate(row.content),
            )
            for row in rows
        ]
    )


def require_manager(request: HttpRequest) -> None:
    """Check that the user is staff who may manage rules, and that their key has the scope."""
    require_scope(request, SCOPE)
    require_permission(request, PERMISSION)


def _one(number: int) -> Rule:
    return get_object_or_404(Rule.objects.kept(), pk=number)


def _represent(rules: Iterable[Rule]) -> list[RuleOut]:
    shown = list(rules)[:MOST_RULES]
    newest = RuleVersion.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    versions = {row.rule_id: row for row in newest_versions(newest).filter(rule__in=shown)}
    return [
        RuleOut(
            number=rule.pk,
            version=versions[rule.pk].pk,
            saved_at=versions[rule.pk].saved_at,
            content=RuleContent.model_validate(versions[rule.pk].content),
        )
        for rule in shown
        if rule.pk in versions
    ]
