"""Graphs that jobs were asked for with, in the words of another program."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from sdsite.accounts.models import User


class WorkflowQuerySet(models.QuerySet["Workflow"]):
    """Questions one asks of workflows; each brings the job along."""

    def owned_by(self, user: "User") -> Self:
        """Those of the jobs of `user`."""
        return self.filter(job__owner=user).select_related("job")

    def unfinished(self) -> Self:
        """Those whose job waits or runs, in the order in which the owner wants them."""
        return self.filter(job__status__in=["queued", "running"]).order_by("job__rank", "job_id")

    def next_number(self, user: "User") -> int:
        """Return the number after that of the last graph of `user`; call while nobody else submits for them."""
        numbers = self.filter(job__owner=user).order_by("-job__created_at", "-job_id").values_list("number", flat=True)
        last = numbers.first()
        return 0 if last is None else last + 1

    def finished(self) -> Self:
        """Those whose job has ended, the last to end first."""
        return self.filter(job__finished_at__isnull=False).order_by("-job__finished_at")


class Workflow(models.Model):
    """A ComfyUI graph as it was sent, beside the job that was made of it.

    Its client asks for the outcome by the ids of its own nodes, days later too, so they are kept: `outputs` are the
    nodes that show pictures, `worker` the one that the drawing happens in, `order` all of them as they would be
    executed.
    """

    job = models.OneToOneField("generation.Job", on_delete=models.CASCADE, primary_key=True, related_name="workflow")
    number = models.PositiveIntegerField(help_text="Counts the owner's own graphs.")
    client_id = models.CharField(max_length=200, blank=True, help_text="Whose websocket hears of it; what was sent.")
    graph = models.JSONField()
    extra = models.JSONField(default=dict, blank=True, help_text="The client's own notes, given back with the graph.")
    order = models.JSONField(default=list)
    outputs = models.JSONField(default=list)
    worker = models.CharField(max_length=100)

    objects = WorkflowQuerySet.as_manager()

    def __str__(self) -> str:
        """Number and job."""
        return f"{self.number}: {self.job_id}"

    def class_of(self, node: str) -> str:
        """Return the class of one of its nodes."""
        found: Any = self.graph[node]["class_type"]
        return str(found)
