"""What a rule says: the one schema of the API, the admin's form and the stored versions."""

from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from gallery.models.rule import LONGEST_NAME, RuleDecision
from gallery.rules.patterns import LONGEST_PATTERN, PatternRefused, compile_expression, compile_words
from gallery.text import normalize_text
from sdsite.core.schemas import StrictModel

LONGEST_REASON = 200
MOST_ROLES = 50
MOST_ORDER = 1000
LONGEST_WINDOW = 7 * 24 * 60  # minutes
STRICTNESS = [decision.value for decision in RuleDecision]  # the most lenient first

Scope = Literal["prompt", "checker", "burst", "new_account"]
Decision = Literal["allow", "notify", "blur", "hold", "refuse"]


class RuleContent(StrictModel):
    """A rule as people write it; the fields of other scopes than its own are empty."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(max_length=LONGEST_NAME, description="What moderators call it.", examples=["Brand names"])
    enabled: bool = True
    scope: Scope = Field(description="What it looks at.", examples=["prompt"])
    decision: Decision = Field(
        description="What happens where it matches. `blur` is for prompts and checker only.", examples=["refuse"]
    )
    order: int = Field(
        100, ge=0, le=MOST_ORDER, description="Rules are read by it; one that allows lifts only those after it."
    )
    roles: tuple[int, ...] = Field(
        (),
        max_length=MOST_ROLES,
        description="Ids of the groups that it binds; none: everybody.",
        examples=[[]],
    )
    reason: str = Field(
        "", max_length=LONGEST_REASON, description="What people are told when it refuses.", examples=["No brand names"]
    )
    words: str = Field(
        "",
        max_length=LONGEST_PATTERN,
        description="Scope prompt: words and phrases, separated by commas or lines, matched as whole words.",
        examples=["acme, golden arches"],
    )
    expression: str = Field(
        "",
        max_length=LONGEST_PATTERN,
        description="Scope prompt, instead of words: a regular expression of RE2.",
        examples=[""],
    )
    negative: bool = Field(True, description="Scope prompt: whether negative prompts are looked at too.")
    label: str = Field(
        "", max_length=60, description="Scope checker: label of the safety checker; empty: its score.", examples=[""]
    )
    least_score: float = Field(0.6, ge=0, le=1, description="Scope checker: score from which on it matches.")
    publications: int = Field(20, ge=0, le=10_000, description="Scope burst: so many in `minutes` are no burst.")
    minutes: int = Field(60, ge=1, le=LONGEST_WINDOW, description="Scope burst: length of the time looked at.")
    days: int = Field(7, ge=1, le=3650, description="Scope new_account: accounts younger than so many days.")

    @field_validator("name", "reason", "label")
    @classmethod
    def _shown(cls, value: str, info: Any) -> str:
        try:
            normal = normalize_text(value)
        except ValueError as error:
            raise ValueError(f"{info.field_name}: {error}") from error
        if info.field_name == "name" and not normal:
            raise ValueError("name must not be empty")
        return normal.lower() if info.field_name == "label" else normal

    @field_validator("words", "expression")
    @classmethod
    def _usable(cls, value: str, info: Any) -> str:
        if "\x00" in value:
            raise ValueError(f"{info.field_name} must not have characters that cannot be shown")
        return value.strip()

    @field_validator("roles")
    @classmethod
    def _each_once(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(value)))

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.scope in ("burst", "new_account") and self.decision == "blur":
            raise ValueError("decision blur is for the scopes prompt and checker; hold keeps a publication for review")
        if self.scope != "prompt":
            if self.words or self.expression:
                raise ValueError("words and expression are for the scope prompt")
            return self
        if bool(self.words) == bool(self.expression):
            raise ValueError("a rule for prompts needs words or an expression, and not both")
        self.compile()
        return self

    def compile(self) -> Any:
        """Return the compiled pattern of a rule for prompts.

        Raises:
            PatternRefused: it cannot be used.
        """
        return compile_words(self.words) if self.words else compile_expression(self.expression)


__all__ = ["STRICTNESS", "Decision", "PatternRefused", "RuleContent", "Scope"]
