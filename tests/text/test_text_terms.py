"""Terms: stems and pairs of signs, how alike texts are by them, and how they are named."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recirc.text.term_index import FEW, TermIndex, code_of
from recirc.text.terms import MAX_TERMS, NAMED, Terms, common_words, terms, tokens
from recirc.text.written import shared_phrases, written

ENGLISH = code_of("en")


def hashes(text: str, language: str) -> set[int]:
    return {token.term for token in tokens(text, language)}


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "Straßenbahnen", "Strassenbahn"),
        ("pt", "greves", "greve"),
        ("es", "huelgas", "huelga"),
        ("fr", "grèves", "grève"),
        ("ru", "забастовки", "забастовка"),
        ("en", "Ferries", "ferry"),
    ],
)
def test_forms_of_a_word_are_one_term(language: str, one: str, other: str) -> None:
    assert hashes(one, language) == hashes(other, language)
    assert hashes(one, language).isdisjoint(hashes(one, "nl"))


@pytest.mark.parametrize(
    ("language", "text", "within"),
    [("zh", "台风袭击了广东省", "广东"), ("ja", "東京都の台風", "台風"), ("th", "พายุเข้ากรุงเทพ", "กรุงเทพ")],
)
def test_writing_without_spaces_has_terms_within_a_run(language: str, text: str, within: str) -> None:
    assert hashes(within, language) <= hashes(text, language)


def test_common_words_numbers_and_names_of_days_are_no_names() -> None:
    for language, text in (
        ("de", "und Dienstag März 2026"),
        ("pt", "não segunda-feira"),
        ("en", "and Tuesday said"),
    ):
        assert not {term for term in hashes(text, language) if term & NAMED}, language
    assert "dienstag" in common_words("de")
    assert common_words("xx") == frozenset()


def test_a_text_in_no_known_language_has_no_terms() -> None:
    assert not len(terms("A headline", "and a body", "").hashes)


def test_a_long_text_keeps_the_heaviest_and_lets_common_words_go_first() -> None:
    body = " ".join(
        f"{word} and the of"
        for word in (f"harbour{letter}{other}" for letter in "abcdefghij" for other in "klmnopqrst")
    )
    found = terms("Ferry", body, "en")
    assert len(found.hashes) == MAX_TERMS
    assert all(found.hashes & NAMED)
    assert (np.diff(found.weights.astype(int)) <= 0).all()


words = st.lists(st.integers(0, 30), min_size=1, max_size=8, unique=True)
publications = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["en", "de", ""]), words), min_size=1, max_size=40
)


def made(numbers: list[int], language: str = "en") -> Terms:
    """Terms that can be named; no two languages have one in common."""
    return Terms(
        np.array(sorted(named(numbers, language)), np.uint32),
        np.array([number + 1 for number in sorted(numbers)], np.uint8),
    )


def named(numbers: Iterable[int], language: str) -> set[int]:
    return {2 * number + 1_001 + 1_000 * (code_of(language) % 2) for number in numbers}


@settings(max_examples=150, deadline=None)
@given(publications)
def test_an_index_that_was_changed_is_alike_to_one_made_of_what_is_left(
    log: list[tuple[int, str, list[int]]],
) -> None:
    index, last = TermIndex(), dict[int, tuple[str, list[int]]]()
    for article, language, numbers in log:
        index.set(article, made(numbers, language), code_of(language))
        last[article] = (language, numbers)
    fresh = TermIndex()
    fresh.load({name: array.copy() for name, array in index.save().items()})
    for article in last:
        assert index.likeness(article).tolist() == fresh.likeness(article).tolist()
    # Whatever the order, the products are those of the texts that are there now.
    for a, (language, numbers) in last.items():
        alike = index.likeness(a)
        others = np.array([b for b in last if b != a and last[b][0] == language], np.int32)
        texts, found = index.texts_with(index.of(a).hashes), index.overlaps(a, others)
        assert index.likeness_with(a, others, texts, found).tolist() == alike[others].tolist()
        for b, (other, theirs) in last.items():
            common = language and language == other and set(numbers) & set(theirs)
            if a != b:
                assert (alike[b] > 0) == bool(common)
                assert set(index.shared(a, b, 40)) == (named(common, language) if common else set())


def test_the_rarer_a_shared_term_the_more_alike() -> None:
    index = TermIndex()
    for article in range(FEW + 20):
        common = [1, 2] if article < FEW else [3]
        index.set(article, made([*common, 100 + article]), ENGLISH)
    index.set(90, made([1, 3, 250]), ENGLISH)
    alike = index.likeness(90)
    assert alike[FEW] > alike[0] == 0, "what most have in common says nothing"


def test_phrases_are_in_both_texts_and_names_are_whole() -> None:
    ours = "The council of North Skarholm met. A lifeboat from Hob Head was called out by Anna Berg."
    theirs = "Anna Berg says that the lifeboats at Hob Head are old. North Skarholm pays."
    found = shared_phrases(
        [token.term for token in tokens("Skarholm Hob lifeboat Berg Head", "en")],
        written(ours, "en"),
        theirs,
        9,
    )
    assert found == ["North Skarholm", "Hob Head", "Anna Berg", "lifeboat"]
    assert shared_phrases([1, 3], written(ours, "en"), theirs, 2) == []
    listening = [token.term for token in tokens("listen", "en")]
    assert shared_phrases(listening, written("She is listening.", "en"), "He listens.", 2) == [
        "forms of “listening”"
    ]


def test_phrases_grow_in_writing_without_spaces() -> None:
    ours, theirs = "台风袭击了广东省的港口", "广东省的港口关闭"
    terms_of = [token.term for token in tokens("广东", "zh")]
    assert shared_phrases(terms_of, written(ours, "zh"), theirs, 1) == ["广东省的港口"]
