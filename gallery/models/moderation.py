"""Decisions of moderators and of the site's rules, which are never changed, and appeals against them."""

import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Max, Q
from django.utils import timezone

if TYPE_CHECKING:
    from sdsite.accounts.models import User

LONGEST_DECISION_TEXT = 1000
LONGEST_APPEAL = 1000
LONGEST_RULE = 120
LONGEST_USERNAME = 150


class NeverChanged(Exception):
    """A decision that is written down was to be changed or deleted."""

    def __init__(self) -> None:
        """Build the message for people."""
        super().__init__("Decisions are never changed or deleted: write down another one.")


class DecisionQuerySet(models.QuerySet["ModerationAction"]):
    """Queries for decisions; they are only added."""

    def about(self, user: "User") -> Self:
        """Decisions about `user` or an image that was theirs."""
        return self.filter(person=user)

    def standing(self) -> Self:
        """Decisions that were not undone, and that undo none."""
        return self.filter(undone_by=None, undoes=None)

    def restricting(self) -> Self:
        """Decisions that took something from a person, or warned them."""
        return self.filter(deed__in=RESTRICTING)

    def concerning(self) -> Self:
        """Decisions of which the person hears: not that reports were closed without further ado."""
        return self.exclude(Q(deed=_DEED.RESOLVE) | Q(deed=_DEED.APPROVE, change={}))

    def last_of_images(self, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
        """Return the number of the last decision about each of the images that have one."""
        rows = self.filter(image__in=ids).order_by().values("image").annotate(last=Max("pk"))
        return {row["image"]: row["last"] for row in rows}

    def kept_private(self, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
        """Return those of the images that a moderator made private, which nobody has undone or approved since."""
        decided = self.standing().filter(image__in=ids, deed__in=[_DEED.PRIVATE, _DEED.APPROVE])
        last = dict(decided.order_by("pk").values_list("image", "deed"))
        return {pk for pk, deed in last.items() if deed == _DEED.PRIVATE and pk is not None}

    def update(self, **kwargs: Any) -> int:
        """Refuse it."""
        raise NeverChanged

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse it."""
        raise NeverChanged


class ModerationAction(models.Model):
    """One decision of a moderator, or (`moderator` None) of the site itself, about an image or a person.

    It outlives all of them: the links are no constraints of the database, and the names are kept as text.
    """

    class Deed(models.TextChoices):
        """What was decided."""

        APPROVE = "approve", "Approved"
        BLUR = "blur", "Blurred for others"
        HOLD = "hold", "Put under review"
        PRIVATE = "private", "Made private"
        DELETE = "delete", "Deleted"
        WARN = "warn", "Warned"
        SUSPEND = "suspend", "Suspended"
        RESOLVE = "resolve", "Reports closed"
        RESTORE = "restore", "Decision undone"
        UPHOLD = "uphold", "Appeal declined"

    class Reason(models.TextChoices):
        """Why; the first ones are those of reports."""

        SEXUAL = "sexual", "Sexual content"
        VIOLENCE = "violence", "Violence"
        HATE = "hate", "Hate or harassment"
        PERSON = "person", "Shows a real person without consent"
        RIGHTS = "rights", "Copyright or trademark"
        SPAM = "spam", "Spam"
        RULE = "rule", "Rule of the site"
        OTHER = "other", "Something else"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    deed = models.CharField(max_length=10, choices=Deed.choices)
    moderator = models.ForeignKey(
        "accounts.User", on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+", db_index=False
    )
    moderator_name = models.CharField(max_length=LONGEST_USERNAME, blank=True)
    image = models.ForeignKey(
        "gallery.Image", on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+", db_index=False
    )
    person = models.ForeignKey(
        "accounts.User", on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+", db_index=False
    )
    person_name = models.CharField(max_length=LONGEST_USERNAME, blank=True)
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    text = models.CharField(max_length=LONGEST_DECISION_TEXT, blank=True)
    rule = models.CharField(max_length=LONGEST_RULE, blank=True, help_text="The rule that decided, with its version.")
    days = models.PositiveIntegerField(null=True, help_text="Length of a suspension; null: for good.")
    # {"before": ..., "after": ...}: columns of the image that it changed, as JSON.
    change = models.JSONField(default=dict)
    undoes = models.OneToOneField(
        "self", on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="undone_by"
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        ordering = ["-id"]
        indexes = [
            # the last decision about an image, and all about it
            models.Index(fields=["image", "-id"], name="decision_of_image"),
            # a person's record, newest first
            models.Index(fields=["person", "-at", "-id"], name="decision_of_person"),
            # all decisions, those about people of a name, by moderators of a name, of one kind: newest first
            models.Index(fields=["-at", "-id"], name="decision_newest"),
            models.Index(fields=["person_name", "-at", "-id"], name="decision_of_person_name"),
            models.Index(fields=["moderator_name", "-at", "-id"], name="decision_of_moderator"),
            models.Index(fields=["deed", "-at", "-id"], name="decision_of_deed"),
        ]

    def __str__(self) -> str:
        """Deed and image or person."""
        return f"{self.get_deed_display()}: {self.image_id or self.person_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new decision.

        Raises:
            NeverChanged: it is stored already.
        """
        if not self._state.adding:
            raise NeverChanged
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse it."""
        raise NeverChanged


_DEED = ModerationAction.Deed
# Of an image; the person hears of them, may appeal, and undoing gives back what they took.
OF_IMAGES = (_DEED.BLUR, _DEED.HOLD, _DEED.PRIVATE, _DEED.DELETE)
RESTRICTING = (*OF_IMAGES, _DEED.WARN, _DEED.SUSPEND)


class AppealQuerySet(models.QuerySet["Appeal"]):
    """Queries for appeals."""

    def open(self) -> Self:
        """Appeals that nobody has decided."""
        return self.filter(decided_at=None)


class Appeal(models.Model):
    """A person asks for a second look at a decision about them; there is one for each decision."""

    class Outcome(models.TextChoices):
        """How it ended."""

        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"

    id = models.BigAutoField(primary_key=True)
    decision = models.OneToOneField(ModerationAction, on_delete=models.PROTECT, related_name="appeal")
    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="appeals")
    text = models.CharField(max_length=LONGEST_APPEAL)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, editable=False)
    answer = models.CharField(max_length=LONGEST_APPEAL, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, related_name="+", editable=False
    )

    objects = AppealQuerySet.as_manager()

    class Meta:
        """Indexes, each with the query it serves."""

        ordering = ["-created_at"]
        indexes = [
            # the moderators' list: open appeals, oldest first
            models.Index(fields=["created_at"], condition=Q(decided_at=None), name="appeal_open"),
        ]

    def __str__(self) -> str:
        """Number of the decision."""
        return f"appeal against decision {self.decision_id}"
