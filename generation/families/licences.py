"""Licences under which the makers of model families publish checkpoints, and the duties that follow from them.

A checkpoint's own licence text decides; these say what a site must be ready to do. Addresses are those of the texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Duty = Literal["non_commercial", "revenue_limit", "content_filter", "ai_disclosure", "use_restrictions"]

# What a duty asks, as a sentence for administrators.
DUTIES: Mapping[Duty, str] = MappingProxyType(
    {
        "non_commercial": "The checkpoint may not be used to earn money.",
        "revenue_limit": "Who earns more than the licence says needs another one.",
        "content_filter": "Images must pass a content filter before people see them.",
        "ai_disclosure": "Images must be marked as made by AI.",
        "use_restrictions": "The licence forbids some uses, which the site's own rules must forbid too.",
    }
)


@dataclass(frozen=True)
class Licence:
    """A licence: its name, the address of its text, and its duties; none of them: it is open."""

    key: str
    name: str
    url: str
    duties: frozenset[Duty] = frozenset()


def _table(*rows: Licence) -> Mapping[str, Licence]:
    return MappingProxyType({row.key: row for row in rows})


LICENCES: Mapping[str, Licence] = _table(
    Licence("apache-2.0", "Apache 2.0", "https://www.apache.org/licenses/LICENSE-2.0"),
    Licence(
        "openrail-m",
        "CreativeML OpenRAIL-M",
        "https://huggingface.co/spaces/CompVis/stable-diffusion-license",
        frozenset({"use_restrictions"}),
    ),
    Licence(
        "openrail++-m",
        "CreativeML OpenRAIL++-M",
        "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md",
        frozenset({"use_restrictions"}),
    ),
    Licence(
        "stability-community",
        "Stability AI Community",
        "https://stability.ai/community-license-agreement",
        frozenset({"revenue_limit", "use_restrictions"}),
    ),
    Licence(
        "flux-non-commercial",
        "FLUX Non-Commercial",
        "https://huggingface.co/black-forest-labs/FLUX.1-dev/blob/main/LICENSE.md",
        frozenset({"non_commercial", "content_filter", "ai_disclosure", "use_restrictions"}),
    ),
    Licence(
        "krea-community",
        "Krea Community",
        "https://huggingface.co/krea",
        frozenset({"revenue_limit", "content_filter"}),
    ),
)
