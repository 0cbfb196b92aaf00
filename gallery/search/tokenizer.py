"""From text to the words it is found by, and back from what somebody typed into a search."""

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import islice

from gallery.models.search import LONGEST_WORD

MOST_WORDS = 200  # of one prompt; what stands behind them is not found
SHORTEST_PREFIX = 2  # half of all words begin with some one letter

_WORD = re.compile(r"[^\W_]+")
# Scripts that leave no room between words (kana and the blocks of Han): each of their characters is a word.
_UNSPACED = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PIECE = re.compile(f"[{_UNSPACED}]|[^{_UNSPACED}]+")
# "a phrase" or word, each perhaps with a minus; an open quotation mark ends with the text.
_ASKED = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


def tokenize(text: str) -> list[str]:
    """Return the words of `text` in their order: letters and digits of any script, each 1 to LONGEST_WORD characters.

    Case, diacritics and forms of the same character (NFKC) make no difference: "Café" is "cafe". Of Chinese and
    Japanese each character is a word.
    """
    parts = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in parts if not unicodedata.category(character).startswith("M"))
    folded = unicodedata.normalize("NFKC", bare.casefold())
    return [piece[:LONGEST_WORD] for word in _WORD.findall(folded) for piece in _PIECE.findall(word)]


def build_searched_text(prompt: str) -> str:
    """Return the words of `prompt` between single spaces, up to the last of the first MOST_WORDS different ones."""
    kept: list[str] = []
    seen: set[str] = set()
    for word in tokenize(prompt):
        seen.add(word)
        if len(seen) > MOST_WORDS:
            break
        kept.append(word)
    return f" {' '.join(kept)} " if kept else ""


def unique_words(searched_text: str) -> list[str]:
    """Return each word of a `build_searched_text` once, in order."""
    return list(dict.fromkeys(searched_text.split()))


@dataclass(frozen=True)
class ParsedQuery:
    """What a search asks for: words and phrases that must be there, how one more word begins, and what must not be."""

    words: list[str] = field(default_factory=list)
    beginning: str = ""
    phrases: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    without_phrases: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Tell whether it asks for nothing, as "!?" does."""
        return not (self.words or self.beginning or self.phrases or self.without or self.without_phrases)


def parse_query(text: str, most: int) -> ParsedQuery:
    """Return what `text` asks for, its first `most` terms: `red "old ship" -fog li` finds "Red light on an old ship".

    A word of LEAST_BEGINNING letters or more at the end also stands for longer ones that begin so; in quotation marks
    it is only itself.
    """
    asked = ParsedQuery()
    last = ""
    for found in islice(_ASKED.finditer(text), most):
        words = tokenize(found["phrase"] if found["word"] is None else found["word"])
        last = ""
        if found["minus"] and words:
            (asked.without if len(words) == 1 else asked.without_phrases).append(" ".join(words))
        elif found["word"] is None or len(words) > 1:  # "well-known" is two words that stand together
            asked.words.extend(words)
            if len(words) > 1:
                asked.phrases.append(" ".join(words))
        elif words:
            asked.words.extend(words)
            last = words[0] if len(words[0]) >= SHORTEST_PREFIX else ""
    if not last:
        return asked
    return ParsedQuery(asked.words[:-1], last, asked.phrases, asked.without, asked.without_phrases)
