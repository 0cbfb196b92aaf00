"""Rows of the site itself: what administrators choose on the page of site settings, and the logo."""

from django.db import models

# Name -> title of the APIs of other programs; `sdsite.api.compat.registry` has their modules.
DIALECTS = {
    "openai": "OpenAI's images API",
    "sdapi": "AUTOMATIC1111's API",
    "stability": "Stability's websocket",
    "comfyui": "ComfyUI's API",
    "mcp": "The MCP server",
    "simple": "The simple API",
}


def _dialects() -> list[str]:
    return [name for name in DIALECTS if name != "simple"]


class SiteSettings(models.Model):
    """The single row (pk 1) with the settings of the site; no row means the defaults.

    `sdsite.accounts.site_settings` reads and changes it. A variable of the environment wins over its column.
    """

    class Severity(models.TextChoices):
        """How much an announcement matters."""

        INFO = "info", "Information"
        WARNING = "warning", "Warning"
        CRITICAL = "critical", "Critical"

    class SpeedMode(models.TextChoices):
        """Speed mode of jobs that name none, in the words of `generation.parameters.schema.SpeedMode`."""

        EXACT = "exact", "Exact: nothing but rounding differs"
        SMALL = "small", "Small: weights in 8 bits, in less memory"
        DRAFT = "draft", "Draft: another, quicker image"

    name = models.CharField(max_length=40, default="sdsite", help_text="In the header, titles, mails and as an app.")
    logo = models.CharField(max_length=16, blank=True, editable=False)  # digest of the `SiteLogo`; empty: none
    dialects = models.JSONField(default=_dialects, help_text="APIs of other programs that the site offers.")
    strict_models = models.BooleanField(
        "refuse unknown models", default=False, help_text="Else a name that is no checkpoint means the default one."
    )
    speed_mode = models.CharField(
        max_length=10,
        choices=SpeedMode.choices,
        default=SpeedMode.EXACT,
        help_text="Of jobs that name none; a role that may not use it has the first that it may.",
    )
    trash_days = models.PositiveIntegerField(
        "days in the trash", default=30, help_text="Then images are deleted for good. 0: only their owners empty it."
    )
    uploads_days = models.PositiveIntegerField(
        "days of unused uploads", default=30, help_text="Then they are removed, unless a job needs them."
    )
    jobs_days = models.PositiveIntegerField(
        "days of ended jobs", default=0, help_text="Then they are deleted; their images stay. 0: never."
    )
    deliveries_days = models.PositiveIntegerField(
        "days of webhook deliveries", default=30, help_text="Then they leave the log."
    )
    deletion_days = models.PositiveIntegerField(
        "days to take a deletion back", default=7, help_text="After them an account that asked for it is removed."
    )
    audit_days = models.PositiveIntegerField(
        "days of the audit log", default=730, help_text="Then entries are deleted. At least 90."
    )
    rule_hits_days = models.PositiveIntegerField(
        "days of matches of rules", default=365, help_text="Then their record is deleted. At least 30."
    )
    rule_facts_days = models.PositiveIntegerField(
        "days of what rules matched in",
        default=30,
        help_text="Then the words of prompts and the scores are dropped, and matches cannot be judged again.",
    )
    announcement = models.CharField(
        max_length=500, blank=True, help_text="Shown on every page until each person dismisses it. Empty: none."
    )
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.INFO)
    announced_until = models.DateTimeField("until", null=True, blank=True, help_text="Empty: until it is removed.")
    announced_at = models.DateTimeField(null=True, editable=False)  # of the text: who dismissed another sees this one
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        """At most one row."""

        verbose_name_plural = "site settings"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_site_settings")]

    def __str__(self) -> str:
        """What it is."""
        return "site settings"


class SiteLogo(models.Model):
    """The single row (pk 1) with the logo as square PNG files of 512 and 192 pixels."""

    digest = models.CharField(max_length=16)
    large = models.BinaryField()
    small = models.BinaryField()
    made_at = models.DateTimeField(auto_now=True)

    class Meta:
        """At most one row."""

        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_site_logo")]

    def __str__(self) -> str:
        """Digest."""
        return self.digest
