"""Marks what a query found in a text, and chooses the passage that shows most of it."""

from collections.abc import Collection, Sequence
from typing import Final

from recirc.text.query import ParsedQuery
from recirc.text.search_terms import Phrase, alternatives
from recirc.text.search_words import (
    COMPOUNDING,
    PREFIXING,
    SearchToken,
    is_sign,
    search_tokens,
    tail_of,
    word_forms,
)

OPEN, CLOSE = "\x02", "\x03"
"""Around what was found. No text of ours holds them."""
PASSAGE: Final = 220
"""Characters of a passage, about."""
BEFORE: Final = 60
"""Characters of it before the first word that was found, about."""
MAX_READ: Final = 40_000
"""Characters of a text in which words are marked."""

Span = tuple[int, int]


class Marker:
    """Finds the words of a query in texts of its languages."""

    def __init__(self, query: ParsedQuery) -> None:
        found = [
            phrase
            for term in query.wanted
            for phrase in alternatives(term, query.languages, compounds=query.compounds)
        ]
        self._languages = query.languages
        self._prefixing = tuple(each for each in query.languages if each in PREFIXING)
        self._compounding = tuple(each for each in query.languages if query.compounds and each in COMPOUNDING)
        self._begins = frozenset(each.words[0][0] for each in found)
        self._words = frozenset(each.words[0] for each in found if len(each.words) == 1 and not each.prefix)
        self._prefixes = tuple(each.words[0] for each in found if len(each.words) == 1 and each.prefix)
        self._phrases = [each for each in found if len(each.words) > 1]
        self._known: dict[str, bool] = {}

    def spans(self, text: str) -> list[Span]:
        """Where the words are in the first MAX_READ characters, in order, without overlaps."""
        read = text[:MAX_READ]
        tokens = list(search_tokens(read))
        found: set[Span] = set()
        for token in tokens:
            written = read[token.begin : token.end]
            key = token.forms[0] if is_sign(written[0]) else written
            if key not in self._known:
                self._known[key] = self._is_wanted(written, token)
            if self._known[key]:
                found.add((token.begin, token.end))
        for phrase in self._phrases:
            found.update(_in_a_row(tokens, phrase))
        return _merged(found)

    def _is_wanted(self, written: str, token: SearchToken) -> bool:
        forms = set(token.forms)
        if not is_sign(written[0]):
            # Only in some languages is a form of a word another letter at its beginning than the word itself.
            begins = not self._begins.isdisjoint(form[0] for form in forms)
            for language in self._languages if begins else self._prefixing:
                forms.update(word_forms(written, language))
            for language in self._compounding:
                forms.add(tail_of(written, language) or "")
        return not self._words.isdisjoint(forms) or any(form.startswith(self._prefixes) for form in forms)

    def marked(self, text: str) -> str:
        """The whole text with its marks."""
        return _with_marks(text, self.spans(text), 0, len(text))

    def passage(self, text: str) -> tuple[str, bool]:
        """The part of a text that shows most of what was found, and whether anything was."""
        spans = self.spans(text)
        if len(text) <= PASSAGE + BEFORE:
            return _with_marks(text, spans, 0, len(text)), bool(spans)
        begin = _best(text, spans)
        end = _space_from(text, begin + PASSAGE)
        cut = _with_marks(text, spans, begin, end)
        return ("…" if begin else "") + cut + ("…" if end < len(text) else ""), bool(spans)


def _in_a_row(tokens: Sequence[SearchToken], phrase: Phrase) -> Collection[Span]:
    """Where a phrase stands."""
    *first, last = phrase.words
    length = len(phrase.words)
    found: list[Span] = []
    for at in range(len(tokens) - length + 1):
        if tokens[at].forms[0] != phrase.words[0]:
            continue
        ending = tokens[at + length - 1]
        ends = ending.forms[0].startswith(last) if phrase.prefix else last in ending.forms
        if ends and all(word in tokens[at + n].forms for n, word in enumerate(first)):
            found.append((tokens[at].begin, ending.end))
    return found


def _merged(spans: Collection[Span]) -> list[Span]:
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def _best(text: str, spans: Sequence[Span]) -> int:
    """Where the passage with most marks begins."""
    begins = [begin for begin, _ in spans]
    if not begins:
        return 0
    best, most, last = begins[0], 0, 0
    for place, begin in enumerate(begins):
        last = max(last, place)
        while last < len(begins) and begins[last] < begin + PASSAGE - BEFORE:
            last += 1
        if last - place > most:
            best, most = begin, last - place
    if best <= BEFORE:
        return 0
    start = max(best - BEFORE, 0)
    line = text.rfind("\n", start, best)
    return line + 1 if line >= 0 else min(_space_from(text, start) + 1, best)


def _space_from(text: str, place: int) -> int:
    """The next end of a word from `place` on; before `place` itself in writing without spaces."""
    found = text.find(" ", place, place + BEFORE)
    return found if found >= 0 else place - 1


def _with_marks(text: str, spans: Sequence[Span], begin: int, end: int) -> str:
    parts: list[str] = []
    at = begin
    for first, last in spans:
        if first >= end or last <= begin:
            continue
        first, last = max(first, begin), min(last, end)
        parts += [text[at:first], OPEN, text[first:last], CLOSE]
        at = last
    return "".join([*parts, text[at:end]]).replace("\n", " ")
