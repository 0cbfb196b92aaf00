"""Rules of the site, what each of their versions said, and what they matched."""

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

LONGEST_NAME = 100
LONGEST_MATCH = 200


class RuleScope(models.TextChoices):
    """What a rule looks at."""

    PROMPT = "prompt", "Words of prompts"
    CHECKER = "checker", "Label of the safety checker"
    BURST = "burst", "Many publications in a short time"
    NEW_ACCOUNT = "new_account", "Publications of new accounts"


class RuleDecision(models.TextChoices):
    """What happens where a rule matches, the most lenient first."""

    ALLOW = "allow", "Allow: later rules do not count here"
    NOTIFY = "notify", "Notify the moderators"
    BLUR = "blur", "Blur: keep only a blurred copy"
    HOLD = "hold", "Put under review until a moderator approves"
    REFUSE = "refuse", "Refuse"


class RuleQuerySet(models.QuerySet["Rule"]):
    """Queries for rules."""

    def kept(self) -> Self:
        """Rules that were not removed, in their order."""
        return self.filter(removed_at=None).order_by("order", "pk")


class Rule(models.Model):
    """A rule of the site. `gallery.rules.changes` writes it, and with each change a version that says the same.

    A removed rule stays as a row, because its versions and matches refer to it.
    """

    name = models.CharField(max_length=LONGEST_NAME)
    enabled = models.BooleanField(default=True)
    scope = models.CharField(max_length=20, choices=RuleScope.choices)
    decision = models.CharField(max_length=10, choices=RuleDecision.choices)
    order = models.PositiveSmallIntegerField(default=100)
    roles = models.ManyToManyField("auth.Group", blank=True, related_name="rules")
    removed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = RuleQuerySet.as_manager()

    class Meta:
        """In the order in which they are read."""

        ordering = ["order", "pk"]

    def __str__(self) -> str:
        """Name."""
        return self.name


class RuleVersion(models.Model):
    """What a rule said from `saved_at` until its next version; never changed or deleted.

    `content` is a `gallery.rules.content.RuleContent` as JSON; null: the rule was removed. The largest id of all
    versions is the revision of the whole set of rules.
    """

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="versions")
    content: Any = models.JSONField(null=True)
    saved_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Newest first."""

        ordering = ["-pk"]

    def __str__(self) -> str:
        """Id and rule."""
        return f"version {self.pk} of {self.rule}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new version.

        Raises:
            TypeError: it is stored already.
        """
        if not self._state.adding:
            raise TypeError("a version of a rule is never changed")
        super().save(*args, **kwargs)


class RuleHitQuerySet(models.QuerySet["RuleHit"]):
    """Queries for matches of rules."""

    def open(self) -> Self:
        """Matches that no moderator has closed."""
        return self.filter(closed_at=None)

    def of_job(self, job_id: uuid.UUID) -> Self:
        """Matches in the prompts and images of one job."""
        return self.filter(job_id=job_id)


class RuleHit(models.Model):
    """A rule matched: which version, whose request, where, and what was decided.

    All rules that matched at once share `judgement`, whose `outcome` is the strictest decision. `facts` are what was
    judged, so that it can be judged again; null once they are not kept any more, and then `facts_digest` remains.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    judgement = models.UUIDField()
    version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="hits")
    revision = models.BigIntegerField(help_text="Newest version of any rule at that moment.")
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="rule_hits")
    job_id = models.UUIDField(null=True)
    image = models.ForeignKey("gallery.Image", null=True, on_delete=models.SET_NULL, related_name="rule_hits")
    door = models.CharField(max_length=20, help_text="Source of the job, or what was done.")
    decision = models.CharField(max_length=10, choices=RuleDecision.choices)
    outcome = models.CharField(max_length=10, choices=RuleDecision.choices)
    matched = models.CharField(max_length=LONGEST_MATCH)
    facts: Any = models.JSONField(null=True)
    facts_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")

    objects = RuleHitQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        ordering = ["-created_at"]
        indexes = [
            # the moderators' list: open matches, newest first
            models.Index(fields=["-created_at", "-id"], condition=Q(closed_at=None), name="rule_hit_open"),
            # replay and retention: by age
            models.Index(fields=["created_at"], name="rule_hit_by_age"),
            # the worker: what the prompts of a job matched
            models.Index(fields=["job_id"], condition=Q(job_id__isnull=False), name="rule_hit_of_job"),
        ]

    def __str__(self) -> str:
        """Decision and what matched."""
        return f"{self.get_decision_display()}: {self.matched}"
