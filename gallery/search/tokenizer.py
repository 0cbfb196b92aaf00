"""Splitting of prompts into indexed words, and parsing of search queries."""

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import islice

from gallery.models.search import LONGEST_WORD

MOST_WORDS = 200  # different words indexed of one prompt; later ones are not found
SHORTEST_PREFIX = 2  # letters; one letter alone would match too many words

_WORD = re.compile(r"[^\W_]+")
# Scripts without spaces between words (kana and the blocks of Han): each of their characters is a word.
_UNSPACED = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PIECE = re.compile(f"[{_UNSPACED}]|[^{_UNSPACED}]+")
# "a phrase" or a word, each with an optional minus; an unclosed quotation mark ends with the text.
_TERM = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


def tokenize(text: str) -> list[str]:
    """Return the words of `text` in order: letters and digits of any script, each 1 to LONGEST_WORD characters.

    Case, diacritics and compatible forms of a character (NFKC) make no difference: "Café" is "cafe". In Chinese and
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
    """Return each word in the result of `build_searched_text` once, in order."""
    return list(dict.fromkeys(searched_text.split()))


@dataclass(frozen=True)
class ParsedQuery:
    """A parsed search query: required words and phrases, the prefix of one more word, and what is excluded."""

    words: list[str] = field(default_factory=list)
    prefix: str = ""
    phrases: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    excluded_phrases: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Tell whether it has no terms, as "!?" has none."""
        return not (self.words or self.prefix or self.phrases or self.excluded or self.excluded_phrases)


def parse_query(text: str, most: int) -> ParsedQuery:
    """Parse the first `most` terms of `text`: `red "old ship" -fog li` finds "Red light on an old ship".

    The last word is a prefix if it has SHORTEST_PREFIX letters or more; in quotation marks it is a whole word.
    """
    query = ParsedQuery()
    last = ""
    for found in islice(_TERM.finditer(text), most):
        words = tokenize(found["phrase"] if found["word"] is None else found["word"])
        last = ""
        if found["minus"] and words:
            (query.excluded if len(words) == 1 else query.excluded_phrases).append(" ".join(words))
        elif found["word"] is None or len(words) > 1:  # "well-known" is a phrase of two words
            query.words.extend(words)
            if len(words) > 1:
                query.phrases.append(" ".join(words))
        elif words:
            query.words.extend(words)
            last = words[0] if len(words[0]) >= SHORTEST_PREFIX else ""
    if not last:
        return query
    return ParsedQuery(query.words[:-1], last, query.phrases, query.excluded, query.excluded_phrases)
