"""ComfyUI graphs of jobs."""

import re
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from sdsite.accounts.models import User

LONGEST_PROMPT_ID = 100
PROMPT_ID = re.compile(rf"[A-Za-z0-9._:-]{{1,{LONGEST_PROMPT_ID}}}")  # as clients may choose it


class WorkflowQuerySet(models.QuerySet["Workflow"]):
    """Queries on workflows."""

    def owned_by(self, user: "User") -> Self:
        """Return the workflows of the jobs of `user`, with the jobs."""
        return self.filter(job__owner=user).select_related("job")

    def unfinished(self) -> Self:
        """Return those of queued and running jobs, in the owner's order."""
        return self.filter(job__status__in=["queued", "running"]).order_by("job__rank", "job_id")

    def named(self, prompt_id: str) -> Self:
        """Return the one with this prompt id, where there is one; an owner has at most one."""
        if not PROMPT_ID.fullmatch(prompt_id):
            return self.none()
        wanted = Q(client_prompt_id=prompt_id)
        with suppress(ValueError):
            wanted |= Q(pk=uuid.UUID(prompt_id), client_prompt_id="")
        return self.filter(wanted)

    def next_number(self, user: "User") -> int:
        """Return the number after the last one of `user`; call under the lock of their submissions."""
        numbers = self.filter(job__owner=user).order_by("-job__created_at", "-job_id").values_list("number", flat=True)
        last = numbers.first()
        return 0 if last is None else last + 1

    def finished(self) -> Self:
        """Return those of ended jobs, the last to end first."""
        return self.filter(job__finished_at__isnull=False).order_by("-job__finished_at")


class Workflow(models.Model):
    """A ComfyUI graph as it was sent, beside the job that was made of it.

    Clients ask for the outcome by the ids of their own nodes, even days later: `outputs` are the nodes that show
    images, `worker` is the node that stands for the generation, `order` has all nodes in the order of execution.
    """

    job = models.OneToOneField("generation.Job", on_delete=models.CASCADE, primary_key=True, related_name="workflow")
    number = models.PositiveIntegerField(help_text="Number among the owner's graphs.")
    client_id = models.CharField(
        max_length=200, blank=True, help_text="Client id as sent; its websocket gets the events."
    )
    client_prompt_id = models.CharField(
        max_length=LONGEST_PROMPT_ID, blank=True, help_text="Prompt id as the client chose it; empty: the job's id."
    )
    end_sent_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When a websocket was first sent the graph's end."
    )
    graph = models.JSONField()
    extra = models.JSONField(default=dict, blank=True, help_text="Extra data of the client, returned with the graph.")
    order = models.JSONField(default=list)
    outputs = models.JSONField(default=list)
    worker = models.CharField(max_length=100)

    objects = WorkflowQuerySet.as_manager()

    class Meta:
        """Index of the graphs by the id that a client chose."""

        indexes = [models.Index(fields=["client_prompt_id"], name="workflow_client_prompt_id")]

    def __str__(self) -> str:
        """Number and job."""
        return f"{self.number}: {self.job_id}"

    @property
    def prompt_id(self) -> str:
        """The id by which clients know the graph."""
        return self.client_prompt_id or str(self.job_id)

    def class_of(self, node: str) -> str:
        """Return the class of a node."""
        found: Any = self.graph[node]["class_type"]
        return str(found)
