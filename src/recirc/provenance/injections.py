"""What no author wrote and a machine put into a text: a site's name glued to words, an advertiser's phrase."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from recirc.extraction.outlets import key_of
from recirc.provenance.topics import SPAM, strength_of, strengths
from recirc.provenance.touting import surplus
from recirc.text.vocabulary import words

LEAST_BRAND: Final = 5  # letters: a shorter brand is part of too many words
MOST_TOKENS: Final = 200  # different ones that are cleaned; a page with more was made to be slow
LEAST_WORD: Final = 3  # letters of what a brand is glued to
MOST_RUN: Final = 9  # words of it, at most
RUN: Final = 3  # words of an advertiser's phrase, at least
LEAST_SURPLUS: Final = 0.5  # of the sense of two such words over the article's, see `touting.surplus`
PLAIN: Final = 1.0  # strength from which on a topic is plainly there
LEAST_SIGNS: Final = 7  # of two words in writing without spaces
LONGEST: Final = 60_000  # characters

_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_RUN: Final = re.compile(r"(?<![a-z])[a-z]{1,30}(?: [a-z]{1,30}){2,60}(?![a-z])")
_UNCASED: Final = re.compile(r"[\u0600-\u06ff]+|[\u3040-\u30ff\u3400-\u9fff]+")
_AFTER_NAMES: Final = frozenset(
    "はがのにをとでもやへ的了在是和与及对向将已获报记编独社称说表了解讯网客旗评新从把被等也都の記編取報部によから"
)
_BEFORE_NAMES: Final = frozenset("は、のにをとでもや「『《从对向据由在给接受本は『と与和被の、。")
_TOUTING_WORDS: Final = (
    "buy cheap cheapest best online free shipping discount coupon coupons deal deals offer offers "
    "sale casino slots betting bonus loans loan "
    "payday credit insurance replica viagra pills pharmacy escort dating forex crypto bitcoin seo "
    "hosting download apk streaming quick fast "
    "instant approval guaranteed order now today click here sign up win money earn price prices "
    "designer watches handbags outlet wholesale "
    "poker lottery jackpot weight loss diet supplement essay writing service services hosting vpn "
    "promo code codes limited kaufen billig günstig "
    "acheter pas cher comprar barato online kredit crédit préstamos"
)
_TOUTING: Final = frozenset(_TOUTING_WORDS.split())
_SMALL_WORDS: Final = (
    "a an and are as at be been but by can could did do does for from had has have he her him his "
    "how i if in into is it its just more most "
    "my no not of off on or our out she so some than that the their them then there these they this "
    "those to under until up was we were what "
    "when where which while who why will with would you your says said about after before between "
    "over only also very all any each new now "
    "one two three"
)
_SMALL: Final = frozenset(_SMALL_WORDS.split())
_ENGLISH: Final = frozenset(
    ["the", "of", "and", "to", "in", "that", "is", "was", "for", "with", "said", "on", "by", "at", "from"]
)


def glued_tokens(text: str, brand: str, vocabulary: frozenset[str], own: Sequence[str]) -> dict[str, str]:
    """The tokens of a text that have a brand glued to a word, before, after or inside it, each with that word.

    The brand is where a name cannot be: before or after a word in lower case, or inside one; or it is glued to a
    word with a capital that the page has by itself. "GuardianWitness" and "@TideNews" are as they should be.

    >>> glued_tokens("the Vexoracovered market, a petiVexoration", "Vexora", frozenset({"market"}), [])
    {'Vexoracovered': 'covered', 'petiVexoration': 'petition'}
    >>> glued_tokens("the TideNews of today", "Tide", frozenset(), [])
    {}
    """
    squeezed = re.sub(r"\W", "", brand)
    if _UNCASED.fullmatch(squeezed):
        return _glued_uncased(text, squeezed, vocabulary)
    if len(squeezed) < LEAST_BRAND or _CJK.search(squeezed) or squeezed.casefold() not in text.casefold():
        return {}
    name = re.escape(squeezed)
    form = re.compile(
        rf"(?<![\w@#/.-])(?P<before>[^\W\d_]{{0,40}}){name}(?P<after>[^\W\d_]{{0,40}})(?![\w@/-]|\.\w)"
    )
    own_keys = {key_of(each) for each in own}
    certain: dict[str, str] = {}
    likely: dict[str, str] = {}
    for match in form.finditer(text):
        before, after = match["before"], match["after"]
        word = before + after
        if len(word) < LEAST_WORD or _CJK.search(word) or key_of(match[0]) in own_keys:
            continue
        if (
            len(before) >= LEAST_WORD
            and before[1:].islower()
            and squeezed[0].isupper()
            and (not after or after.islower())
        ) or (not before and after.islower() and squeezed[0].isupper() and not _is_inflection(after)):
            certain[match[0]] = word
        elif word.casefold() in vocabulary or (len(before) >= LEAST_WORD and after):
            likely[match[0]] = word
        if len(certain) + len(likely) >= MOST_TOKENS:
            break
    known = {token: word for token, word in certain.items() if word.casefold() in vocabulary}
    if len(certain) >= 2 or known or (certain and any(word[:1].islower() for word in certain.values())):
        return certain | likely
    alone = squeezed.casefold() in vocabulary
    return likely if likely and (not alone or len(likely) >= 2) else {}


def _glued_uncased(text: str, brand: str, vocabulary: frozenset[str]) -> dict[str, str]:
    """Likewise for writing without capitals: a name amid words where no particle, sign or space parts it from them.

    Arabic: glued to a word that the page has by itself, or twice to any word. Chinese and Japanese: at least twice
    between two signs of which neither is a particle or belongs to what sites are called; a name that a sentence speaks
    of has a particle after it.

    >>> sorted(_glued_uncased("石桥晴空网秋天关闭。渡船晴空网白天停运。", "晴空网", frozenset()))
    ['桥晴空网秋', '船晴空网白']
    >>> _glued_uncased("记者从晴空网获悉。据晴空网报道。", "晴空网", frozenset())
    {}
    """
    if len(brand) < 3 or brand not in text:
        return {}
    if not _CJK.search(brand):
        form = re.compile(rf"(?<!\w)(?P<before>\w{{0,20}}){re.escape(brand)}(?P<after>\w{{0,20}})(?!\w)")
        pairs = [(match[0], match["before"] + match["after"]) for match in form.finditer(text)]
        found = {
            token: word for token, word in pairs if len(word) >= 4 or (len(word) >= 2 and word in vocabulary)
        }
        known = any(word in vocabulary for word in found.values())
        return dict(list(found.items())[:MOST_TOKENS]) if known or len(found) >= 2 else {}
    amid = re.compile(
        rf"(?P<before>[\u3040-\u30ff\u3400-\u9fff]){re.escape(brand)}(?P<after>[\u3040-\u30ff\u3400-\u9fff])"
    )
    found = {
        match[0]: match["before"] + match["after"]
        for match in amid.finditer(text)
        if match["after"] not in _AFTER_NAMES and match["before"] not in _BEFORE_NAMES
    }
    if len(found) == 1 or (not found and text.count(brand) >= 2):
        found |= _beside_signs(text, brand)
    return dict(list(found.items())[:MOST_TOKENS]) if len(found) >= 2 else {}


def _beside_signs(text: str, brand: str) -> dict[str, str]:
    """Where a name stands behind a word without a particle, right before a comma or at another script's border."""
    amid = re.compile(
        rf"(?P<before>[\u3040-\u30ff\u3400-\u9fff]{{2}}){re.escape(brand)}(?P<after>[，。、；！？]|[\u30a0-\u30ff])"
    )
    return {
        match[0]: match["before"] + match["after"]
        for match in amid.finditer(text)
        if match["before"][-1] not in _BEFORE_NAMES
    }


def advert_in(text: str, headline: str) -> str | None:
    """An advertiser's phrase inside a sentence to which it does not belong; None: there is none.

    Three words or more in a row in English, none of them a small word, most of them those of advertisers, and none of
    them anywhere else in the article: it would be its subject.

    >>> advert_in("The hall will cost best payday loans online 3.4 million crowns.", "Hall")
    'best payday loans online'
    >>> advert_in("He sells cheap loans online, and cheap loans are what people want online.", "Loans") is None
    True
    """
    text = text[:LONGEST]
    counts = Counter(word.casefold() for word in _WORD.findall(f"{headline} {text}"))
    english = sum(counts[word] for word in _ENGLISH) * 25 > sum(counts.values())
    touting = sum(counts[word] for word in _TOUTING)
    for match in _RUN.finditer(text):
        for run in _runs(match[0].split(" ")):
            told = [word for word in run if word in _TOUTING]
            if len(told) < 2 or sum(counts[word] for word in told) > len(told) or touting > 3 * len(told):
                continue
            strong = sum(strength_of(word, SPAM) > 1 for word in run)
            if english and len(told) >= 3 and (strong >= 2 or (strong and len(told) * 4 >= len(run) * 3)):
                return " ".join(run)
            if not english and all(counts[word] <= 1 for word in run):
                return " ".join(run)
    return _foreign_run(text, headline)


def _foreign_run(text: str, headline: str) -> str | None:
    """Three words of advertisers or more close together, in any language, none of them anywhere else in the article.

    >>> _foreign_run("La diga sarà prestiti veloci senza busta paga smontata.", "La diga")
    'prestiti veloci senza busta paga'
    >>> _foreign_run("La banca offre prestiti senza interessi ai soci.", "Banca") is None
    True
    """
    touting = words("touting")
    spaced = _WORD.findall(f"{headline} {text}".casefold())
    counts = Counter(spaced)
    if sum(counts[word] for word in touting if len(word) > 3) > 9:
        return None
    for sentence in re.split(r"[.!?;:…。！？；：،,，、»”“\"\n]+", text):
        tokens = list(_WORD.finditer(sentence))
        told = [n for n, token in enumerate(tokens) if token[0] in touting and counts[token[0]] == 1]
        for first, last in _close(told):
            if (last - first + 1) <= MOST_RUN and not any(token[0][:1].isupper() for token in tokens[first : last + 1]
                                                         if token[0].casefold() not in touting):  # fmt: skip
                return sentence[tokens[first].start() : tokens[last].end()]
        pair = _pair(sentence, tokens, told, text)
        if pair is not None:
            return pair
    return _run_of_signs(text, touting)


def _pair(sentence: str, tokens: Sequence[re.Match[str]], told: Sequence[int], text: str) -> str | None:
    """Two words of advertisers beside each other, or with one between them, whose sense is far from the article's."""
    for one, other in pairwise(told):
        if other - one > 2 or any(token[0][:1].isupper() for token in tokens[one + 1 : other]):
            continue
        phrase = sentence[tokens[one].start() : tokens[other].end()]
        if surplus(phrase, text) >= LEAST_SURPLUS and strengths(text)["business"] < PLAIN:
            return phrase  # in a text about money they are its subject
    return None


def _close(told: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last place of three or more that stand at most two places apart, and fill half of their stretch."""
    start = 0
    for place in range(1, len(told) + 1):
        if place == len(told) or told[place] - told[place - 1] > 2:
            if place - start >= RUN and 2 * (place - start) >= told[place - 1] - told[start] + 1:
                yield told[start], told[place - 1]
            start = place


def _run_of_signs(text: str, touting: frozenset[str]) -> str | None:
    """Likewise for Chinese and Japanese, whose words are not divided: they fill most of a stretch of signs."""
    for sentence in re.findall(r"[\u3040-\u30ff\u3400-\u9fff]{6,}", text):
        found = sorted(
            (place, place + len(word))
            for word in touting
            if _CJK.search(word)
            for place in [sentence.find(word)]
            if place >= 0 and text.count(word) == 1
        )
        for first in range(len(found)):
            end, filled, kinds = found[first][1], found[first][1] - found[first][0], 1
            for begin, finish in found[first + 1 :]:
                if begin - end > 2:
                    break
                filled += max(0, finish - max(begin, end))
                kinds += finish > end
                end = max(end, finish)
            if (kinds >= RUN or (kinds == RUN - 1 and filled >= LEAST_SIGNS)) and filled * 4 >= (
                end - found[first][0]
            ) * 3:
                return str(sentence[found[first][0] : end])
    return None


def _runs(pieces: Sequence[str]) -> Iterator[list[str]]:
    """Stretches of words between small words, without the words at their ends that no advertiser uses."""
    run: list[str] = []
    for word in (*pieces, "the"):
        if word not in _SMALL:
            run.append(word)
            continue
        while run and run[0] not in _TOUTING:
            run.pop(0)
        while run and run[-1] not in _TOUTING:
            run.pop()
        if len(run) >= RUN:
            yield run
        run = []


def _is_inflection(ending: str) -> bool:
    """Whether letters behind a name are an ending of its own: "Vexoras", "Vexorans", "Spiegels"."""
    return len(ending) <= 4 and bool(
        re.fullmatch(
            r"(?:s|es|en|ens|er|ers|an|ans|ist|ian|ism|ern|ów|om|ami|a|u|e|y|ka|ska|ом|а|у|е|ой)?", ending
        )
    )
