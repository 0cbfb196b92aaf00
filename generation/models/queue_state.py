"""State of the queue, set by administrators: open, paused, closed, or closed for maintenance of the whole site."""

from django.db import models


class QueueState(models.Model):
    """The single row (pk 1) that pauses or closes the queue; no row means open."""

    paused = models.BooleanField(default=False, help_text="No job starts; running jobs finish; new jobs are queued.")
    closed = models.BooleanField(default=False, help_text="New jobs are refused; queued jobs are still generated.")
    maintenance = models.BooleanField(
        default=False,
        help_text="Closed for maintenance: uploads and imports are refused too, and every page says so. "
        "Those who may change this still submit.",
    )
    until = models.DateTimeField(
        "maintenance until", null=True, blank=True, help_text="When it is expected to end; nothing happens by itself."
    )
    message = models.CharField(
        max_length=200, blank=True, help_text="Shown to users while the queue is paused or closed."
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        """At most one row."""

        verbose_name_plural = "queue state"
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_queue_state"),
            models.CheckConstraint(
                condition=models.Q(maintenance=False) | models.Q(closed=True), name="maintenance_is_closed"
            ),
        ]

    def __str__(self) -> str:
        """State in one word."""
        return "closed" if self.closed else "paused" if self.paused else "open"
