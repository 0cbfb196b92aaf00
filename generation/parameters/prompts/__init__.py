"""What may be written in a prompt, each syntax in a module of its own; nothing here draws.

In the order in which they are read: saved styles (`styles`), wildcards and choices (`dynamic`) and LoRA tags
(`loras`) when a wish is taken; then `AND` and blends (`composing`), edits and alternations (`editing`) and attention
(`attention`) when it is drawn.
"""

from generation.parameters.prompts.attention import BREAK, Piece, parse_attention, without_attention
from generation.parameters.prompts.composition import Composition, WeightedPrompt, compose
from generation.parameters.prompts.dynamic import expand, is_dynamic
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
    """Refuse at submit what drawing would refuse later: read an expanded prompt without LoRA tags to the end.

    Args:
        text: as `expand` and `split_loras` left it.
        negative: `AND` is a word like any other there.
        steps: of the picture.

    Raises:
        PromptRefused: a weight or nesting beyond what `composing`, `editing` and `attention` allow.
    """
    for prompt, _ in compose(text, conjunction=not negative).prompts:
        for _, at_step in schedule(prompt, steps):
            parse_attention(at_step)
