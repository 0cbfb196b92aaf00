"""Rewriting a prompt by the language model of the site: one request to its address, bounded in time and size.

The text leaves the site. What comes back is a proposal: nothing is generated from it before a person accepts it, and
then it is judged as every prompt is.
"""

import json
import logging
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from generation.errors import JobRefused
from generation.models import PromptEnhancer
from generation.parameters.validators import check_text
from sdsite.accounts.models import User
from sdsite.accounts.roles.backend import require
from sdsite.core import rate_limits
from sdsite.core.http.fetch import FetchRefused
from sdsite.core.http.post import post

logger = logging.getLogger(__name__)

SECONDS = 30.0
MOST_BYTES = 256 * 1024
MOST_CHARACTERS = 4000  # of a proposal
OFF = "The site has no language model that rewrites prompts; an administrator can add one."
NO_ANSWER = "The language model gave no usable answer ({}). Try again, or go on with your own words."
_TAG = re.compile(r"<[a-z]+:[^<>]*>")  # <lora:name:1>: not for a language model
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_QUOTES = "\"'`\u201c\u201d\u201e\u00ab\u00bb"


@dataclass(frozen=True)
class Proposal:
    """A rewritten prompt, and the name of the language model."""

    prompt: str
    by: str


def find_enhancer() -> PromptEnhancer | None:
    """Return the language model that is asked; None: the site has none."""
    return PromptEnhancer.objects.filter(enabled=True).first()


def enhance(prompt: str, *, user: User) -> Proposal:
    """Ask the language model for a better `prompt`; its tags (`<lora:...>`) stay as they are, at the end.

    Raises:
        JobRefused: `enhancer_off` (409), the site has none; `enhancer_failed` (502), it gave no usable answer;
            `invalid_parameters`, there are no words to rewrite.
        DeedRefused: the roles of the user do not let them submit jobs.
        RateLimited: the user has asked too often.
    """
    row = find_enhancer()
    if row is None:
        raise JobRefused("enhancer_off", OFF, status=409)
    require(user, "generation.submit_job")
    tags, words = " ".join(_TAG.findall(prompt)), _TAG.sub(" ", prompt).strip()
    if not words:
        sentence = "prompt must have words that can be rewritten"
        raise JobRefused("invalid_parameters", sentence, fields={"prompt": sentence})
    rate_limits.spend("enhance", f"user:{user.pk}")
    return Proposal(f"{_clean(_ask(row, words))} {tags}".strip(), row.name)


def _ask(row: PromptEnhancer, words: str) -> str:
    messages = [{"role": "system", "content": row.instruction}, {"role": "user", "content": words}]
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if row.key:
        headers["Authorization"] = f"Bearer {row.key}"
    try:
        answer = post(
            f"{row.url.rstrip('/')}/chat/completions",
            body=json.dumps({"model": row.model, "messages": messages, "stream": False}).encode(),
            headers=headers,
            timeout=SECONDS,
            most_bytes=MOST_BYTES,
            local_host=urlsplit(row.url).hostname if row.is_local else None,
        )
    except FetchRefused as refused:
        raise _failed(str(refused)) from None
    if answer.status != 200:
        raise _failed(f"status {answer.status}")
    return _content(answer.body)


def _content(body: bytes) -> str:
    """Return the text of a chat completion."""
    try:
        found: Any = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise _failed("no chat completion") from None
    if not isinstance(found, str):
        raise _failed("no text")
    return found


def _clean(text: str) -> str:
    """Return a proposal as one paragraph, without what models put around it."""
    words = " ".join(_THOUGHTS.sub(" ", text[: 4 * MOST_CHARACTERS]).strip().strip(_QUOTES).split())
    if not words:
        raise _failed("no words")
    if len(words) > MOST_CHARACTERS:
        raise _failed(f"more than {MOST_CHARACTERS} characters")
    try:
        return check_text("prompt", words)
    except ValueError:
        raise _failed("characters that no prompt may have") from None


def _failed(why: str) -> JobRefused:
    logger.warning("the language model gave no usable answer: %s", why)
    return JobRefused("enhancer_failed", NO_ANSWER.format(why), status=502)
