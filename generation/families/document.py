"""Table of the families for `docs/families.md`, made from their records.

Run as `python -m generation.families.document` to bring the page up to them.
"""

from pathlib import Path

from generation.families import FAMILIES
from generation.families.licences import LICENCES
from generation.families.record import Family

PAGE = Path(__file__).resolve().parents[2] / "docs" / "families.md"
BEGIN, END = "<!-- families: generated from their records -->", "<!-- end of families -->"
_GUIDANCE = {
    "cfg": "the negative prompt's opposite",
    "embedded": "distilled into the checkpoint",
    "true_cfg": "the negative prompt's opposite",
    "none": "none",
}
_HEAD = (
    "key", "family", "tasks", "ControlNet", "guidance", "negative prompt", "steps, guidance", "size, multiple",
    "prompt", "latents", "cache", "compile", "licences",
)  # fmt: skip


def table() -> str:
    """Return the table in Markdown, a row for each family."""
    rows = [_HEAD, ("---",) * len(_HEAD), *map(_row, FAMILIES.values())]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(family: Family) -> tuple[str, ...]:
    return (
        f"`{family.key}`",
        family.label,
        ", ".join(task.replace("_", " ") for task in family.tasks),
        "no" if family.control is None else ", ".join(task.replace("_", " ") for task in family.control.pipelines),
        _GUIDANCE[family.guidance],
        _negative(family),
        "; ".join([f"{family.steps}, {family.guidance_scale:g}", *_variants(family)]),
        f"{family.width} x {family.height}, {family.size_multiple}",
        f"{family.prompts.tokenizers[0].limit} tokens{' a chunk' if family.prompts.chunked else ''}",
        _latents(family),
        "yes" if family.caches else "no",
        "yes" if family.compiles else "no",
        ", ".join(LICENCES[key].name for key in family.licences),
    )


def _variants(family: Family) -> list[str]:
    return [f"{one.key}: {one.steps}, {one.guidance_scale:g}" for one in family.variants]


def _latents(family: Family) -> str:
    squares = f", in squares of {family.latents.patch}" if family.latents.patch > 1 else ""
    return f"{family.latents.channels} channels{squares}"


def _negative(family: Family) -> str:
    if family.guidance == "embedded":
        return "with `true_cfg_scale`" if "true_cfg_scale" in family.features else "no"
    return "no" if family.guidance == "none" else "yes"


def update(page: Path = PAGE) -> bool:
    """Write the table into `page`; return whether it was another one before."""
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    new = f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"
    page.write_text(new, encoding="utf-8")
    return new != text


if __name__ == "__main__":
    update()
