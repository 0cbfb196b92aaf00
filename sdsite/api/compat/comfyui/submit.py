"""Submission of a posted graph as a job."""

import time
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from generation.errors import JobRefused, refusal_from_validation
from generation.jobs.reorder import move_to_front
from generation.jobs.submission.submit import submit_job
from generation.models import Job, Workflow
from generation.models.workflow import LONGEST_PROMPT_ID, PROMPT_ID
from generation.parameters.schema import GenerationParameters
from generation.rules.prompts import RefusedByRule
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import User
from sdsite.api.compat.comfyui import images
from sdsite.api.compat.comfyui.errors import GraphRefused, refused_by_site
from sdsite.api.compat.comfyui.graphs.graph import Graph, storable
from sdsite.api.compat.comfyui.graphs.parser import match
from sdsite.api.compat.comfyui.graphs.reading import Match
from sdsite.api.compat.comfyui.names import Names
from sdsite.api.endpoint import is_deep

MOST_EXTRA = 100_000  # characters of a client's `extra_data` as JSON; longer data is dropped
LONGEST_CLIENT = 200
SECRETS = ("auth_token_comfy_org", "api_key_comfy_org")  # keys to another service: never stored


def submit(*, credentials: Credentials, graph: Graph, body: dict[str, Any]) -> Workflow:
    """Submit a job for `graph` and return its workflow row; `body` is the whole request.

    Raises:
        GraphRefused: the graph cannot be generated, or the site refuses a value of one of its nodes.
        JobRefused: `submit_job` refuses for another reason.
        UploadRefused: `uploads_full`.
    """
    prompt_id = _get_prompt_id(body)
    _refuse_used(prompt_id, credentials.user)
    found = match(graph, Names(credentials))
    image_fields, replaced = images.store_input_images(found, graph, credentials.user)
    stored = graph.stored(replaced)
    try:
        requested = _requested(found, image_fields)
        # One transaction, so that no worker and no client ever sees the job without its graph.
        with transaction.atomic():
            job = submit_job(credentials=credentials, parameters=requested, source=Job.Source.COMFYUI)
            _add_notes(job, found.notes)
            _refuse_used(prompt_id, credentials.user)  # again under the lock of the user's submissions
            workflow = Workflow.objects.create(
                job=job,
                number=Workflow.objects.next_number(credentials.user),
                client_id=get_client_id(body),
                client_prompt_id=prompt_id,
                graph=stored,
                extra=_extra(body),
                order=graph.order,
                outputs=graph.outputs,
                worker=found.worker,
            )
            if body.get("front") is True:
                move_to_front(job=job)
    except JobRefused as error:
        if isinstance(error, RefusedByRule):
            error.record()  # what was recorded in the transaction is gone with it
        refused = refused_by_site(error, found.places, found.worker)
        if refused is None:
            raise
        raise refused from error
    return workflow


def get_client_id(body: dict[str, Any]) -> str:
    """Return the client id of a request, "" for none."""
    given = body.get("client_id")
    client_id = str(given)[:LONGEST_CLIENT] if isinstance(given, str | int) else ""
    return client_id if client_id.isprintable() else ""


def _get_prompt_id(body: dict[str, Any]) -> str:
    """Return the prompt id that the client chose, "" where it leaves that to the site.

    Raises:
        GraphRefused: it is no id.
    """
    given = body.get("prompt_id")
    if given is None or given == "":
        return ""
    prompt_id = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if PROMPT_ID.fullmatch(prompt_id):
        return prompt_id
    form = f"1 to {LONGEST_PROMPT_ID} characters, each a letter, a digit or one of - . _ :"
    raise GraphRefused("invalid_prompt", f"prompt_id must be {form}; got {given!r:.60}.")


def _refuse_used(prompt_id: str, user: User) -> None:
    """Refuse a prompt id that another graph of `user` has.

    Raises:
        GraphRefused: with status 409.
    """
    if prompt_id and Workflow.objects.owned_by(user).named(prompt_id).exists():
        message = f"prompt_id {prompt_id} is taken by another of your graphs; choose a new one, or send none."
        raise GraphRefused("invalid_prompt", message, status=409)


def _requested(found: Match, image_fields: dict[str, str]) -> GenerationParameters:
    try:
        return GenerationParameters.model_validate(_with_images(found.fields, image_fields))
    except ValidationError as error:
        raise refusal_from_validation(error) from error


def _with_images(fields: dict[str, Any], image_fields: dict[str, str]) -> dict[str, Any]:
    """Return the fields with their images; those of ControlNets go into `controls`."""
    controls = [
        {**control, "image": image_fields[f"controls.{number}.image"]}
        for number, control in enumerate(fields.get("controls", ()))
    ]
    plain = {name: value for name, value in image_fields.items() if "." not in name}
    return {**fields, **plain, **({"controls": controls} if controls else {})}


def _add_notes(job: Job, notes: list[str]) -> None:
    """Add sentences about the graph to the job's notes; call it in the transaction that creates the job."""
    if notes:
        job.notes = [*job.notes, *notes]
        job.save(update_fields=["notes"])


def _extra(body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("extra_data") if not is_deep(body.get("extra_data")) else None
    extra = {name: one for name, one in given.items() if name not in SECRETS} if isinstance(given, dict) else {}
    try:
        extra = storable(extra, MOST_EXTRA, "extra_data")
    except GraphRefused:
        extra = {}
    if client := get_client_id(body):
        extra["client_id"] = client
    return {**extra, "create_time": int(time.time() * 1000)}
