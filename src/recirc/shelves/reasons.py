"""Evidence in words: one sentence for each kind, with the numbers that it is based on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from recirc.messages import Listed, MessageText, Words, counted, marked, message, words_in
from recirc.shelves.ranking_reasons import (
    RankingSentence,
    longest_read,
    most_reacted,
    most_read,
    most_shared,
    read_there,
    readers_in_words,
    rising,
)
from recirc.types import Reason, Window

MOST_TOPICS = 2

EDITORS_CHOICE: Final = "editors' choice"
"""The kind of reason of what stands where it does because editors put it there."""

COUNTED: Final = ("readers", "visits", "times")
"""Names of the numbers that reasons of reading rest on."""


class Evidence(NamedTuple):
    """Why an article is proposed, in numbers.

    Attributes:
        kind: a key of the shelf's `reasons`.
        numbers: the numbers in the sentence, and others behind it.
        about: index of the article that the evidence refers to, -1: none.
        topics: hashes of topics in common.
        section, window: of a ranking; 0 and None: none.
        fallback: there was no evidence of the kind that the shelf is for; this is the next best.
        terms: hashes of terms in common of the texts of `about` and of `of`, the rarest first.
        of: index of the article that the evidence is for, -1: not needed.
        leads: of those on a shelf it is the first of its kind, and says what the others leave out.
    """

    kind: str
    numbers: dict[str, float]
    about: int = -1
    topics: tuple[int, ...] = ()
    section: int = 0
    window: Window | None = None
    fallback: bool = False
    terms: tuple[int, ...] = ()
    of: int = -1
    leads: bool = False


class ReasonNames(NamedTuple):
    """The names of what the evidence refers to.

    Attributes:
        topics, sections: names by the hash of their slug.
        headline: of the article with an index; None: not published here.
        current: index of the article beside which the shelf is shown.
        phrases: what the texts of two articles (indices) have in common of these terms, as it is written.
        least: readers, visits or clicks on which a reason rests at least; fewer are not stated.
        words: of the language of the reasons.
    """

    topics: Mapping[int, str]
    sections: Mapping[int, str]
    headline: Callable[[int], str | None]
    current: int
    phrases: Callable[[int, int, Sequence[int]], Sequence[str]] = lambda _about, _of, _terms: ()
    least: int = 1
    words: Words = words_in("en")


class ReasonKind(NamedTuple):
    """One kind of reason.

    Attributes:
        sentence: for an item; a string is shown as it is in every language.
        meaning: what such a reason means, as half a sentence, in English.
        few: the sentence where it rests on too few readers to state them, in English; empty: it rests on none.
    """

    sentence: Callable[[Evidence, ReasonNames], MessageText | str]
    meaning: str
    few: str = ""


def reason(evidence: Evidence, kinds: Mapping[str, ReasonKind], names: ReasonNames) -> Reason:
    """The reason of an item; what rests on fewer readers than are stated is a fallback, and says so.

    Raises:
        KeyError: the evidence is not of these kinds.
    """
    kind = kinds[evidence.kind]
    on = next((evidence.numbers[name] for name in COUNTED if name in evidence.numbers), names.least)
    few = bool(kind.few) and 0 < on < names.least
    text = names.words.text(kind.few) if few else names.words.say(kind.sentence(evidence, names))
    return Reason(kind=evidence.kind, text=text, numbers=evidence.numbers, fallback=evidence.fallback or few)


def _read_together(evidence: Evidence, names: ReasonNames) -> MessageText:
    readers, of = _numbers(evidence, "readers", "of")
    # Readers who came back to the first on another day than they read the second can outnumber it.
    if evidence.about == names.current:
        # Beside the article that the evidence refers to, a reader knows whose readers are meant.
        if readers > of:
            return counted("1 reader went on to this", "%(n)s readers went on to this", readers)
        return counted(
            "%(some)s of 1 reader went on to this",
            "%(some)s of %(n)s readers went on to this",
            of,
            some=readers,
        )
    article = _named(evidence.about, names)
    if readers > of:
        return counted(
            "1 reader of %(article)s went on to this", "%(n)s readers of %(article)s went on to this", readers,
            article=article,
        )  # fmt: skip
    return counted(
        "%(some)s of 1 reader of %(article)s went on to this",
        "%(some)s of %(n)s readers of %(article)s went on to this",
        of,
        some=readers,
        article=article,
    )


def _read_before(evidence: Evidence, names: ReasonNames) -> MessageText:
    readers, of = _numbers(evidence, "readers", "of")
    article = _named(evidence.about, names)
    if readers > of:
        return counted(
            "1 reader of %(article)s, which you read earlier, went on to this",
            "%(n)s readers of %(article)s, which you read earlier, went on to this",
            readers,
            article=article,
        )
    return counted(
        "%(some)s of 1 reader of %(article)s, which you read earlier, went on to this",
        "%(some)s of %(n)s readers of %(article)s, which you read earlier, went on to this",
        of,
        some=readers,
        article=article,
    )


def _same_topics(evidence: Evidence, names: ReasonNames) -> MessageText:
    known = [names.topics[topic] for topic in evidence.topics if topic in names.topics]
    if not known:
        return _similar_text(evidence, names)
    beyond = len(known) - MOST_TOPICS
    if beyond <= 0:
        return message("Also about %(topics)s", topics=Listed(names.words.list(known)))
    first, second = known[:MOST_TOPICS]
    return counted(
        "Also about %(first)s, %(second)s and 1 more", "Also about %(first)s, %(second)s and %(n)s more", beyond,
        first=first, second=second,
    )  # fmt: skip


def _similar_text(evidence: Evidence, names: ReasonNames) -> MessageText:
    phrases = [
        _quoted(phrase, names.words) for phrase in names.phrases(evidence.about, evidence.of, evidence.terms)
    ]
    article = _named(evidence.about, names)
    if not phrases:
        if evidence.topics:
            return message("Has a subject in common with %(article)s", article=article)
        return message("Has words in common with %(article)s", article=article)
    mentioned = Listed(names.words.list(phrases[:MOST_TOPICS]))
    if evidence.about == names.current:
        return message("Both mention %(names)s", names=mentioned)
    return message("Like %(article)s, it mentions %(names)s", article=article, names=mentioned)


def _quoted(phrase: str, words: Words) -> str:
    """A name as it is, any other word between quotation marks."""
    plain = not phrase[:1].islower() or "“" in phrase
    return phrase if plain else words.text("“%(words)s”", words=phrase)


def _on_ranking(sentence: RankingSentence) -> Callable[[Evidence, ReasonNames], MessageText]:
    def said(evidence: Evidence, names: ReasonNames) -> MessageText:
        return sentence(evidence.numbers, evidence.window, names.sections.get(evidence.section))

    return said


def _most_read(evidence: Evidence, names: ReasonNames) -> MessageText:
    section = names.sections.get(evidence.section)
    return most_read(evidence.numbers, evidence.window, section, leads=evidence.leads)


POPULAR: Final = {
    Window.HOUR: marked("Popular now: %(readers)s in the last hour"),
    Window.DAY: marked("Popular now: %(readers)s in the last day"),
    Window.WEEK: marked("Popular now: %(readers)s in the last week"),
}


def _similar_visits(evidence: Evidence, _: ReasonNames) -> MessageText:
    (visits,) = _numbers(evidence, "visits")
    return counted("Read in 1 visit like this one", "Read in %(n)s visits like this one", visits)


def _read_now(evidence: Evidence, _: ReasonNames) -> MessageText:
    (readers,) = _numbers(evidence, "readers")
    if evidence.window is None or evidence.window is Window.EVER:
        return counted("Read by 1 reader so far", "Read by %(n)s readers so far", readers)
    return MessageText(POPULAR[evidence.window], {"readers": readers_in_words(readers)})


def _new_here(evidence: Evidence, _: ReasonNames) -> MessageText:
    minutes, seen = _numbers(evidence, "minutes", "seen")
    if not seen:
        return message("New, on trial: published %(ago)s, not shown before", ago=ago(minutes))
    return counted(
        "New, on trial: published %(ago)s, shown once so far",
        "New, on trial: published %(ago)s, shown %(n)s times so far",
        seen,
        ago=ago(minutes),
    )


def _went_on(evidence: Evidence, names: ReasonNames) -> MessageText:
    visits, of = _numbers(evidence, "visits", "of")
    return counted(
        "Opened next in %(some)s of the last 1 visit that went on from %(article)s",
        "Opened next in %(some)s of the last %(n)s visits that went on from %(article)s",
        of,
        some=visits,
        article=_named(evidence.about, names),
    )


def _of_last(one: str, many: str) -> Callable[[Evidence, ReasonNames], MessageText]:
    """The sentence on some of an article's last visits."""

    def sentence(evidence: Evidence, _: ReasonNames) -> MessageText:
        visits, of = _numbers(evidence, "visits", "of")
        return counted(one, many, of, some=visits)

    return sentence


def _opened_when_shown(evidence: Evidence, _: ReasonNames) -> MessageText:
    times, of = _numbers(evidence, "times", "of")
    return counted(
        "Opened %(some)s of the 1 time that it was shown",
        "Opened %(some)s of the %(n)s times that it was shown",
        of,
        some=times,
    )


def _young(evidence: Evidence, _: ReasonNames) -> MessageText:
    published, minutes = _numbers(evidence, "published", "minutes")
    if published:
        return message("New: published %(ago)s", ago=ago(minutes))
    return message("New: first opened %(ago)s", ago=ago(minutes))


def _editors_choice(_: Evidence, __: ReasonNames) -> MessageText:
    return message("Chosen by the editors")


SO_FAR: Final = marked("Popular so far")
_SOME: Final = marked("Some readers went on to this")

REASONS: Final[Mapping[str, ReasonKind]] = {
    "read together": ReasonKind(_read_together, marked("readers of one article went on to the other"), _SOME),
    "same topics": ReasonKind(_same_topics, marked("they are about the same people, places or things")),
    "similar text": ReasonKind(
        _similar_text, marked("their texts have names or rare words in common, more than others do")
    ),
    "most read": ReasonKind(_most_read, marked("it has the most distinct readers in the time given"), SO_FAR),
    "rising": ReasonKind(
        _on_ranking(rising), marked("more people read it than is usual for its age and the hour"), SO_FAR
    ),
    "most shared": ReasonKind(_on_ranking(most_shared), marked("readers shared it most in the time given")),
    "most reacted to": ReasonKind(
        _on_ranking(most_reacted), marked("readers reacted to it most in the time given")
    ),
    "longest read": ReasonKind(_on_ranking(longest_read), marked("readers stay with it longest")),
    "read there": ReasonKind(_on_ranking(read_there), marked("readers from there read it most"), SO_FAR),
    "similar visits": ReasonKind(
        _similar_visits, marked("visits that opened the same articles opened it too"), _SOME
    ),
    "read now": ReasonKind(_read_now, marked("many people read it"), SO_FAR),
    "went on": ReasonKind(_went_on, marked("visits to this article opened it next"), _SOME),
    "come to": ReasonKind(
        _of_last(
            "%(some)s of its last 1 visit came from another article",
            "%(some)s of its last %(n)s visits came from another article",
        ),
        marked("readers come to it from other articles more often than usual"),
        _SOME,
    ),
    "same way": ReasonKind(
        _of_last(
            "Popular with readers who come the same way: %(some)s of its last 1 visit",
            "Popular with readers who come the same way: %(some)s of its last %(n)s visits",
        ),
        marked("readers who come the same way read it"),
        SO_FAR,
    ),
    "same device": ReasonKind(
        _of_last(
            "Popular on the same kind of device: %(some)s of its last 1 visit",
            "Popular on the same kind of device: %(some)s of its last %(n)s visits",
        ),
        marked("readers on the same kind of device read it"),
        SO_FAR,
    ),
    "same region": ReasonKind(
        _of_last(
            "Popular in the same region: %(some)s of its last 1 visit",
            "Popular in the same region: %(some)s of its last %(n)s visits",
        ),
        marked("readers in the same region read it"),
        SO_FAR,
    ),
    "read before": ReasonKind(
        _read_before, marked("readers of an article that you read earlier went on to it"), _SOME
    ),
    "opened when shown": ReasonKind(
        _opened_when_shown, marked("readers opened it when a shelf showed it"), SO_FAR
    ),
    "new here": ReasonKind(
        _new_here, marked("it is new, and gets a slot to find out whether readers want it")
    ),
    "young": ReasonKind(_young, marked("it is new")),
    EDITORS_CHOICE: ReasonKind(_editors_choice, marked("editors put it there")),
}
"""Every kind of reason of the shelves in this package; each shelf says which of them are its own."""


def reasons_of(*kinds: str) -> dict[str, ReasonKind]:
    """Some of REASONS.

    Raises:
        ValueError: there is no such kind; the text names those that there are.
    """
    if unknown := [kind for kind in kinds if kind not in REASONS]:
        raise ValueError(
            f"there is no kind of reason {unknown[0]!r}; there are {', '.join(map(repr, REASONS))}; a shelf adds its "
            "own with a ReasonKind"
        )
    return {kind: REASONS[kind] for kind in kinds}


def _numbers(evidence: Evidence, *names: str) -> list[int]:
    return [int(evidence.numbers[name]) for name in names]


def _named(article: int, names: ReasonNames) -> MessageText:
    if article == names.current:
        return message("this article")
    headline = names.headline(article)
    if headline:
        return message("“%(words)s”", words=headline)
    return message("an article that you read")


def ago(minutes: int) -> MessageText:
    """How long ago, in the largest unit; hours up to two days.

    >>> [words_in("en").say(ago(minutes)) for minutes in (0, 1, 40, 60, 150, 2880)]
    ['just now', '1 minute ago', '40 minutes ago', '1 hour ago', '2 hours ago', '2 days ago']
    """
    if minutes >= 2 * 1440:
        return counted("1 day ago", "%(n)s days ago", minutes // 1440)
    if minutes >= 60:
        return counted("1 hour ago", "%(n)s hours ago", minutes // 60)
    if minutes >= 1:
        return counted("1 minute ago", "%(n)s minutes ago", minutes)
    return message("just now")
