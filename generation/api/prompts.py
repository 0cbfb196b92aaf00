"""Router of prompt helpers: token counts, random prompts, and the prompts that one wrote last."""

import secrets
from typing import Annotated

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import BaseModel, Field

from gallery.word_differences import Segment, mark_differences
from generation.checkpoints.prompt_tokens import count_tokens
from generation.enhancing import enhance
from generation.errors import JobRefused
from generation.limits import limits_for, offered_to
from generation.models import Checkpoint
from generation.parameters.prompts import PromptRefused, is_dynamic
from generation.parameters.prompts.inspire import inspire
from generation.parameters.ranges import PROMPT_CHARACTERS, RANDOM_SEED_BELOW
from generation.serializers.past_prompts import PastPromptOut, past_prompts
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.scopes import require_scope
from sdsite.core.schemas import StrictModel

router = Router(tags=["Prompts"])

Slug = Annotated[str | None, Query(description="Slug of a checkpoint; left out: the site's default.")]


class TokensOut(BaseModel):
    """How long a prompt is for a checkpoint."""

    tokens: int = Field(description="Without special ones, syntax and LoRA tags.")
    chunks: int = Field(description="Chunks that the checkpoint encodes it in.")
    limit: int = Field(description="Tokens of one chunk; where there is one only, further tokens are cut off.")
    exact: bool = Field(description="false: an estimate, or a dynamic prompt that may come out longer or shorter.")


class InspireOut(BaseModel):
    """An idea."""

    prompt: str


class EnhanceIn(StrictModel):
    """A prompt to be rewritten."""

    prompt: str = Field(max_length=PROMPT_CHARACTERS, description="The prompt as you wrote it.", examples=["a fox"])


class WordsOut(BaseModel):
    """Part of a prompt."""

    text: str
    differs: bool = Field(description="Whether the other prompt lacks these words.")


class EnhancedOut(BaseModel):
    """A proposal of the site's language model. Send it as `prompt`, and yours as `enhanced_from`, to keep both."""

    prompt: str = Field(description="The proposal.", examples=["a red fox in deep snow at dusk, soft light"])
    enhanced_from: str = Field(description="The prompt as you wrote it.", examples=["a fox"])
    by: str = Field(description="Name of the language model.", examples=["our own model"])
    removed: list[WordsOut] = Field(description="Your prompt in parts: what the proposal lacks differs.")
    added: list[WordsOut] = Field(description="The proposal in parts: what is new differs.")


@router.get("/prompt/tokens", response=TokensOut, operation_id="count_tokens", summary="Count a prompt's tokens")
def get_tokens(
    request: HttpRequest,
    text: Annotated[str, Query(description="The prompt.")],
    checkpoint: Slug = None,
) -> TokensOut:
    """Count the tokens as the checkpoint's tokenizer does. Needs any key."""
    if len(text) > PROMPT_CHARACTERS:
        message = f"text must be at most {PROMPT_CHARACTERS} characters; got {len(text)}"
        raise JobRefused("invalid_parameters", message, fields={"text": message})
    try:
        count = count_tokens(text, _checkpoint(request, checkpoint))
        exact = count.exact and not is_dynamic(text)
    except PromptRefused as error:
        raise JobRefused("invalid_parameters", str(error), fields={"text": str(error)}) from error
    return TokensOut(tokens=count.tokens, chunks=count.chunks, limit=count.limit, exact=exact)


@router.get("/prompt/inspire", response=InspireOut, operation_id="inspire_prompt", summary="Get a random prompt")
def get_inspiration(request: HttpRequest, checkpoint: Slug = None) -> InspireOut:
    """Return a random prompt, from the checkpoint's vocabulary where it has one. Needs any key."""
    row = _checkpoint(request, checkpoint)
    return InspireOut(prompt=inspire(row.vocabulary if row else [], secrets.randbelow(RANDOM_SEED_BELOW)))


@router.post(
    "/prompt/enhance", response=EnhancedOut, operation_id="enhance_prompt", summary="Have a prompt rewritten in detail"
)
def enhance_prompt(request: HttpRequest, body: EnhanceIn) -> EnhancedOut:
    """Ask the site's language model to write a prompt out; nothing is generated. Needs the scope `generate`.

    The text is sent to the address that an administrator chose. LoRA tags stay. `enhancer_off` where there is none.
    """
    require_scope(request, "generate")
    proposal = enhance(body.prompt, user=get_credentials(request).user)
    removed, added = mark_differences([body.prompt, proposal.prompt])
    return EnhancedOut(
        prompt=proposal.prompt,
        enhanced_from=body.prompt,
        by=proposal.by,
        removed=_words(removed),
        added=_words(added),
    )


def _words(segments: list[Segment]) -> list[WordsOut]:
    return [WordsOut(text=text, differs=differs) for text, differs in segments]


@router.get(
    "/prompt/history", response=list[PastPromptOut], operation_id="list_past_prompts", summary="List one's last prompts"
)
def get_history(
    request: HttpRequest,
    search: Annotated[
        str, Query(max_length=200, description="Words that the prompt must hold, in any order; upper or lower case.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=100, description="Most prompts.")] = 50,
) -> list[PastPromptOut]:
    """Return the distinct prompts of one's newest jobs, the newest first.

    Needs the scope `read`.
    """
    require_scope(request, "read")
    return past_prompts(get_credentials(request).user, search=search, most=limit)


def _checkpoint(request: HttpRequest, slug: str | None) -> Checkpoint | None:
    offered = offered_to(limits_for(get_credentials(request)))
    return get_object_or_404(offered, slug=slug) if slug else offered.default()
