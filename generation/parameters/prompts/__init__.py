"""The prompt language, each syntax in a module of its own; plain text processing without models.

Order of reading: saved styles (`styles`), wildcards and choices (`dynamic`) and LoRA tags (`loras`) at submission;
then `AND` and blends (`composition`), prompt editing and alternation (`editing`) and attention (`attention`) when the
image is generated.
"""

from generation.parameters.prompts.attention import BREAK, Piece, parse_attention, without_attention
from generation.parameters.prompts.composition import Composition, WeightedPrompt, compose
from generation.parameters.prompts.dynamic import Spending, expand, is_dynamic
from generation.parameters.prompts.editing import Span, schedule
from generation.parameters.prompts.errors import PromptRefused
from generation.parameters.prompts.loras import split_loras
from generation.parameters.prompts.styles import apply_styles
from generation.parameters.prompts.wildcards import collect, names_in, parse_lines

__all__ = [
    "BREAK",
    "Composition",
    "Piece",
    "PromptRefused",
    "Span",
    "Spending",
    "WeightedPrompt",
    "apply_styles",
    "check_prompt",
    "collect",
    "compose",
    "expand",
    "is_dynamic",
    "names_in",
    "parse_attention",
    "parse_lines",
    "schedule",
    "split_loras",
    "without_attention",
]


def check_prompt(text: str, *, negative: bool = False, steps: int = 20) -> None:
    """Refuse at submission what encoding would refuse later: parse an expanded prompt without LoRA tags completely.

    Args:
        text: a prompt as `expand` and `split_loras` return it.
        negative: whether it is a negative prompt, where `AND` is an ordinary word.
        steps: of the image.

    Raises:
        PromptRefused: a weight or nesting beyond what `composition`, `editing` and `attention` allow.
    """
    for prompt, _ in compose(text, conjunction=not negative).prompts:
        for _, at_step in schedule(prompt, steps):
            parse_attention(at_step)
