"""Table of the tools: what each is for, its arguments and answer, the scope it needs, and the function that does it."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from pydantic import BaseModel

from gallery.models import Image
from gallery.search.filters import filter_images
from gallery.search.scope import searched_images
from generation.errors import JobRefused
from generation.jobs.cancel import cancel_job
from generation.jobs.submission.submit import submit_job
from generation.limits import Limits
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from sdsite.api.compat.mcp import arguments
from sdsite.api.compat.mcp.answers import (
    SMALL_SIDE,
    FoundImage,
    ImagesAnswer,
    JobAnswer,
    ModelsAnswer,
    Shown,
    describe_images,
    describe_job,
    describe_models,
    show_image,
    show_images,
)
from sdsite.api.compat.mcp.calls import Call
from sdsite.api.compat.mcp.waiting import wait_with_progress
from sdsite.api.endpoint import idempotency_key
from sdsite.core import pagination


@dataclass(frozen=True)
class Outcome:
    """What a tool answers; `has_failed`: its job ended without images."""

    answer: BaseModel
    images: tuple[Shown, ...] = ()
    has_failed: bool = False


Function = Callable[[Call, Mapping[str, Any]], Awaitable[Outcome]]


@dataclass(frozen=True, eq=False)  # one is itself, and so can be a key
class Tool:
    """One tool; `waits`: it may wait for a job; `tasks`: it is listed to those whose roles allow one of them."""

    name: str
    title: str
    description: str
    scope: str
    build_schema: Callable[[], arguments.Schema]
    output: type[BaseModel]
    function: Function
    only_reads: bool = True
    waits: bool = False
    tasks: tuple[str, ...] = ()

    def is_offered(self, limits: Limits) -> bool:
        """Tell whether it is listed to a user of these limits."""
        return not self.tasks or limits.tasks is None or not limits.tasks.isdisjoint(self.tasks)

    @property
    def input_schema(self) -> arguments.Schema:
        """JSON schema of its arguments."""
        return self.build_schema()


async def generate(call: Call, values: Mapping[str, Any]) -> Outcome:
    """Submit a job and wait for its images."""
    return await _submit(call, values, arguments.TEXT_TO_IMAGE)


async def edit(call: Call, values: Mapping[str, Any]) -> Outcome:
    """Submit a job that begins with an image, and wait for its images."""
    if not values.get("init_image"):
        sentence = "init_image is required: image:ID of your library, upload:ID, a data: URL or an address"
        raise JobRefused("invalid_parameters", sentence, fields={"init_image": sentence})
    return await _submit(call, values, arguments.EDIT)


async def _submit(call: Call, values: Mapping[str, Any], offered: tuple[str, ...]) -> Outcome:
    submission, requested = await call.in_thread(arguments.read_submission, values, offered)
    job = await call.in_thread(_store, call, submission, requested)
    return await _finished(call, job, submission)


def _store(call: Call, submission: arguments.Submission, requested: GenerationParameters) -> Job:
    return submit_job(
        credentials=call.credentials,
        parameters=requested,
        source=Job.Source.MCP,
        idempotency_key=submission.idempotency_key or idempotency_key(call.request),
    )


async def wait(call: Call, values: Mapping[str, Any]) -> Outcome:
    """Wait for one of the caller's jobs."""
    asked = await call.in_thread(arguments.read, arguments.WaitArguments, values)
    return await _finished(call, await call.in_thread(_own, call, asked.job_id), asked)


async def _finished(call: Call, job: Job, asked: arguments.Waiting) -> Outcome:
    if asked.wait_seconds and not job.is_finished:
        job = await wait_with_progress(call, job, asked.wait_seconds)
    answer, images = await call.in_thread(describe_job, call, job, asked.show)
    return Outcome(answer, tuple(images), has_failed=job.is_finished and job.status != Job.Status.SUCCEEDED)


def _own(call: Call, job_id: uuid.UUID) -> Job:
    job = Job.objects.visible_to(call.user).select_related("checkpoint").filter(pk=job_id).first()
    if job is None:
        raise Http404
    return job


async def cancel(call: Call, values: Mapping[str, Any]) -> Outcome:
    """Cancel one of the caller's jobs."""
    asked = await call.in_thread(arguments.read, arguments.CancelArguments, values)
    return await call.in_thread(_cancel, call, asked.job_id)


def _cancel(call: Call, job_id: uuid.UUID) -> Outcome:
    job = cancel_job(job=_own(call, job_id), actor=call.user)
    return Outcome(describe_job(call, job)[0])


async def list_models(call: Call, values: Mapping[str, Any]) -> Outcome:
    """List checkpoints and LoRAs."""
    await call.in_thread(arguments.read, arguments.NoArguments, values)
    return Outcome(await call.in_thread(describe_models, call))


async def search_my_images(call: Call, values: Mapping[str, Any]) -> Outcome:
    """Search the caller's library."""
    asked = await call.in_thread(arguments.read, arguments.SearchArguments, values)
    return await call.in_thread(_search, call, asked)


def _search(call: Call, asked: arguments.SearchArguments) -> Outcome:
    wanted = asked.wanted()
    searched = searched_images(call.credentials, "mine")
    matching = filter_images(searched.images, wanted, searched.owner, asked.limit, reader=call.credentials)
    matching = matching.prefetch_related("tags")
    page = pagination.page(matching, limit=asked.limit, cursor=asked.cursor, order="newest")
    answer = ImagesAnswer(images=describe_images(call, page.items), next=page.next)
    return Outcome(answer, tuple(show_images(call, page.items, asked.show, side=SMALL_SIDE)))


async def get_image(call: Call, values: Mapping[str, Any]) -> Outcome:
    """Show one image that the caller may see."""
    asked = await call.in_thread(arguments.read, arguments.ImageArguments, values)
    return await call.in_thread(_image, call, asked)


def _image(call: Call, asked: arguments.ImageArguments) -> Outcome:
    row = Image.objects.visible_to(call.credentials).prefetch_related("tags").filter(pk=asked.image_id).first()
    if row is None:
        raise Http404
    shown = () if asked.show == "none" else (show_image(call, row, None if asked.show == "full" else 512),)
    return Outcome(describe_images(call, [row])[0], shown)


_TABLE = (
    Tool(
        "generate",
        "Generate images",
        "Generate images from a text prompt and wait for them. Leave out what you do not care about: the checkpoint's "
        "defaults are good. What is not finished after wait_seconds goes on; call wait with its job_id.",
        "generate",
        lambda: arguments.schema_of_submission(arguments.TEXT_TO_IMAGE, ("prompt",)),
        JobAnswer,
        generate,
        only_reads=False,
        waits=True,
    ),
    Tool(
        "edit",
        "Change an image",
        "Generate images from one that exists: the whole of it is changed by strength towards the prompt, or with a "
        "mask only its white part. init_image is image:ID of the library, upload:ID, a data: URL or an https address.",
        "generate",
        lambda: arguments.schema_of_submission(arguments.EDIT, ("prompt", "init_image")),
        JobAnswer,
        edit,
        only_reads=False,
        waits=True,
        tasks=("image_to_image", "inpaint"),
    ),
    Tool(
        "wait",
        "Wait for a job",
        "Wait for a job that an earlier answer named, and show its images.",
        "read",
        lambda: arguments.schema_of(arguments.WaitArguments),
        JobAnswer,
        wait,
        waits=True,
    ),
    Tool(
        "cancel",
        "Cancel a job",
        "Cancel a queued job at once, a running one at its next step; a finished job stays as it is.",
        "generate",
        lambda: arguments.schema_of(arguments.CancelArguments),
        JobAnswer,
        cancel,
        only_reads=False,
    ),
    Tool(
        "list_models",
        "List models",
        "List the checkpoints and LoRAs that you may use, with their defaults and sizes.",
        "read",
        lambda: arguments.schema_of(arguments.NoArguments),
        ModelsAnswer,
        list_models,
    ),
    Tool(
        "search_my_images",
        "Search my images",
        "Search the images of your own library by words of their prompts, tags, checkpoint, marks and dates; "
        "the newest come first.",
        "read",
        lambda: arguments.schema_of(arguments.SearchArguments),
        ImagesAnswer,
        search_my_images,
    ),
    Tool(
        "get_image",
        "Show an image",
        "Show an image with its prompt, size and seed.",
        "read",
        lambda: arguments.schema_of(arguments.ImageArguments),
        FoundImage,
        get_image,
    ),
)
TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in _TABLE}
