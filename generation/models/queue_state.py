"""Whether the queue takes and gives work at this moment; an administrator's to say."""

from django.db import models


class QueueState(models.Model):
    """The one row (pk 1) that pauses or closes the queue; no row means open and running."""

    paused = models.BooleanField(default=False, help_text="Nothing new starts; what runs, ends; new jobs wait.")
    closed = models.BooleanField(default=False, help_text="New jobs are refused; what waits is still drawn (drain).")
    message = models.CharField(max_length=200, blank=True, help_text="Shown to people while paused or closed.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        """Never more than one row."""

        verbose_name_plural = "queue state"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_queue_state")]

    def __str__(self) -> str:
        """In a word."""
        return "closed" if self.closed else "paused" if self.paused else "open"
