"""Artwork and names that the starter checkpoint is trained on: fetched as npm packages, rendered by resvg.

    python -m generation.starter.dataset.artwork fetch      npm packages into the work folder
    python -m generation.starter.dataset.artwork render     RGBA renderings of every thing in every style

Needs `npm` for fetching and the Python package `resvg-py` for rendering, but nothing of the site.
"""

import argparse
import io
import json
import re
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WORK = Path("data/starter-training")  # in no repository: packages, renderings, training states
# Every style is an npm package of exactly this version: other drawings or names would make another tokenizer.
VERSIONS = {
    "noto": "1.2.9", "fluent-emoji-flat": "1.2.6", "twemoji": "1.2.5", "fluent-emoji": "1.2.7", "noto-v1": "1.2.5",
    "emojione": "1.2.3", "emojione-v1": "1.2.3", "fxemoji": "1.2.2", "openmoji": "1.2.29",
    "fluent-emoji-high-contrast": "1.2.6", "emojione-monotone": "1.2.1", "streamline-emojis": "1.2.4",
}  # fmt: skip
STYLES = ("noto", "fluent-emoji-flat", "twemoji", "fluent-emoji")
UNSEEN_STYLES = (  # only for the classifier; the checkpoint is never trained on them
    "noto-v1", "emojione", "emojione-v1", "fxemoji", "openmoji", "fluent-emoji-high-contrast", "emojione-monotone",
    "streamline-emojis",
)  # fmt: skip
SIDE = 128
_NAMES = "emojibase-data"
_NAMES_VERSION = "17.0.0"

# Groups of emojibase; flags, skin tones and letters in boxes are left out.
CATEGORIES = {
    0: "faces and hearts", 1: "people", 3: "animals and nature", 4: "food and drink", 5: "places and weather",
    6: "play", 7: "things", 8: "signs",
}  # fmt: skip
_SIGNS = """
    warning, no entry, prohibited, radioactive, biohazard, up arrow, right arrow, down arrow, left arrow, atom symbol,
    yin yang, star of David, peace symbol, menorah, infinity, red question mark, red exclamation mark,
    heavy dollar sign, recycling symbol, fleur-de-lis, trident emblem, check mark button, check mark, cross mark,
    red circle, orange circle, yellow circle, green circle, blue circle, purple circle, brown circle, black circle,
    white circle, red square, orange square, yellow square, green square, blue square, purple square, brown square,
    play button, pause button, wheelchair symbol, water closet, ATM sign, no smoking, Aries, Taurus, Gemini, Cancer,
    Leo, Virgo, Libra, Scorpio, Sagittarius, Capricorn, Aquarius, Pisces, large orange diamond, large blue diamond,
    red triangle pointed up, plus, minus, multiply, divide, COOL button, FREE button, NEW button, SOS button, OK button
    """
SIGNS = frozenset(name.strip() for name in _SIGNS.split(","))
# Common words with one meaning here, though Emojibase gives them to several things as tags, or to none.
ALSO_CALLED = {
    "plane": "airplane", "boat": "sailboat", "motorbike": "motorcycle", "bridge": "bridge at night",
    "tower": "tokyo tower",
    "puppy": "dog face", "bunny": "rabbit face", "chick": "baby chick", "dinosaur": "t-rex",
    "tree": "deciduous tree", "flower": "blossom", "leaf": "maple leaf", "pepper": "bell pepper",
    "steak": "cut of meat",
    "soup": "steaming bowl", "noodles": "steaming bowl", "bowl": "bowl with spoon", "pot": "pot of food",
    "glass": "tumbler glass", "cup": "teacup without handle",
    "moon": "crescent moon", "rain": "cloud with rain", "snow": "snowflake", "storm": "cloud with lightning",
    "sea": "water wave", "diamond": "gem stone", "ball": "soccer ball", "medal": "sports medal", "toy": "teddy bear",
    "music": "musical notes", "paint": "artist palette", "lantern": "red paper lantern", "sword": "dagger",
    "phone": "mobile phone", "box": "package", "bag": "handbag", "hat": "top hat", "cap": "billed cap",
    "shoe": "running shoe", "hand": "raised hand", "king": "prince", "queen": "princess", "wizard": "mage",
    "doctor": "health worker", "police": "police officer", "monster": "alien monster",
}  # fmt: skip
# Doubles by gender or direction, and variants that are not prompted by name.
_DOUBLES = re.compile(
    r"facing right|^(man|woman) (in|with|health|student|teacher|judge|farmer|cook|mechanic|factory|office|scientist"
    r"|technologist|singer|artist|pilot|astronaut|firefighter)"
    r"|^(family|kiss|couple with heart): |-thirty$|^(women|men|woman and man) holding hands|^person: "
)


@dataclass(frozen=True)
class Thing:
    """One thing of the artwork: its name, other words for it, its category, and the words that are names of its own."""

    name: str
    words: tuple[str, ...]
    category: str
    slug: str
    codes: tuple[str, ...] = ()


@dataclass
class Artwork:
    """The rendered drawings.

    `icons`: (n, SIDE, SIDE, 4) bytes, not premultiplied; `thing` and `style`: (n,) indices into `things` and `styles`.
    """

    things: list[Thing]
    styles: tuple[str, ...]
    icons: NDArray[np.uint8]
    thing: NDArray[np.int64]
    style: NDArray[np.int64]


def fetch(work: Path, styles: Iterable[str] = (*STYLES, *UNSEEN_STYLES)) -> None:
    """Install the packages of `styles` and the names under `work`; needs the npm registry."""
    work.mkdir(parents=True, exist_ok=True)
    packages = [f"@iconify-json/{style}@{VERSIONS[style]}" for style in styles] + [f"{_NAMES}@{_NAMES_VERSION}"]
    subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", str(work), *packages], check=True)


def load_things(work: Path) -> list[Thing]:
    """Return every thing, in the order of the Unicode emoji list."""
    rows = json.loads((work / "node_modules" / _NAMES / "en" / "data.json").read_text())
    codes = json.loads((work / "node_modules" / _NAMES / "en" / "shortcodes" / "emojibase.json").read_text())
    found = []
    for row in sorted(rows, key=lambda row: row.get("order", 0)):
        if row.get("group") not in CATEGORIES or not _is_included(row):
            continue
        short = codes.get(row["hexcode"], [])
        names = [name.replace("_", " ") for name in ([short] if isinstance(short, str) else short)]
        label = _normalize(row["label"])
        names += [word for word, called in ALSO_CALLED.items() if called == label]
        plain = dict.fromkeys(_normalize(word) for word in (*names, *row.get("tags", ())))
        words = tuple(word for word in plain if word != label and len(word) > 1)  # little is left of tags like ":)"
        own = tuple(word for word in words if word in {_normalize(name) for name in names})
        found.append(Thing(label, words, CATEGORIES[row["group"]], _slug(row["label"]), own))
    return found


def _is_included(row: dict[str, Any]) -> bool:
    label = row["label"]
    if row["group"] == 8:
        return label in SIGNS
    return "gender" not in row and not _DOUBLES.search(label)


def _normalize(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[^a-z0-9' -]", " ", text.lower().replace("’", "'"))).strip()


def _slug(label: str) -> str:
    bare = re.sub(r"[’'.:“”!]", "", label.lower()).replace("ñ", "n").replace("&", "and")
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")


def get_svg(pack: dict[str, Any], slug: str) -> str | None:
    """Return the drawing called `slug` of an Iconify package as an SVG document; None if there is none."""
    name = pack.get("aliases", {}).get(slug, {}).get("parent", slug)
    icon = pack["icons"].get(name)
    if icon is None:
        return None
    width, height = icon.get("width", pack.get("width", 16)), icon.get("height", pack.get("height", 16))
    box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
    size = f'viewBox="{box}" width="{width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{icon["body"]}</svg>'


def rasterise(document: str, side: int) -> NDArray[np.uint8]:
    """Render an SVG document, its longer side filling `side`, to (side, side, 4) bytes."""
    import resvg_py

    image = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=document, width=side)))).convert("RGBA")
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    square = Image.new("RGBA", (side, side))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return np.asarray(square)


def load_packages(work: Path, styles: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the Iconify packages of `styles` from the work folder."""
    folder = work / "node_modules" / "@iconify-json"
    return {style: json.loads((folder / style / "icons.json").read_text()) for style in styles}


def render(work: Path, styles: tuple[str, ...] = STYLES, side: int = SIDE) -> Artwork:
    """Return the artwork of `styles`; rendered once and then kept in `work`."""
    kept = work / f"artwork-{side}-{'-'.join(styles)}.npz"
    known = load_things(work)
    if not kept.exists():
        drawings = load_packages(work, styles)
        jobs = [
            (number, style, document)
            for style, name in enumerate(styles)
            for number, thing in enumerate(known)
            if (document := get_svg(drawings[name], thing.slug))
        ]
        with ThreadPoolExecutor(2) as pool:
            icons = list(pool.map(lambda job: rasterise(job[2], side), jobs))
        thing, style = np.array([job[0] for job in jobs]), np.array([job[1] for job in jobs])
        np.savez_compressed(kept, icons=np.stack(icons), thing=thing, style=style)
    stored = np.load(kept)
    return Artwork(known, styles, stored["icons"], stored["thing"], stored["style"])


def render_selection(work: Path, artwork: Artwork, chosen: NDArray[np.int64], side: int) -> Artwork:
    """Return the drawings `chosen` of `artwork`, rendered at another size; the result is not kept."""
    drawings = load_packages(work, artwork.styles)
    thing, style = artwork.thing[chosen], artwork.style[chosen]
    icons = [
        rasterise(get_svg(drawings[artwork.styles[in_style]], artwork.things[number].slug) or "", side)
        for number, in_style in zip(thing, style, strict=True)
    ]
    return Artwork(artwork.things, artwork.styles, np.stack(icons), thing, style)


def main() -> None:
    """Fetch or render from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("fetch", "render"))
    parser.add_argument("--work", type=Path, default=WORK)
    options = parser.parse_args()
    if options.action == "fetch":
        fetch(options.work)
    else:
        artwork = render(options.work)
        print(f"{len(artwork.things)} things, {len(artwork.icons)} drawings in {len(artwork.styles)} styles")


if __name__ == "__main__":
    main()
