"""A model's file: it comes back as it was, or is refused with the reason; no file can lead the walk astray."""

import random
import re

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recirc.arrays_file import MAGIC, Format
from recirc.rank.features import feature_catalogue
from recirc.rank.forest import LEAF, Forest, contributions, scores
from recirc.rank.model import ModelCard, ModelError, check_fits, decode, decode_card, encode
from recirc.settings import LearningSettings, Settings
from some_model import floats, ints, model

BRANCHED = Forest(
    ints(3, LEAF, 7, LEAF, LEAF, 2, LEAF, LEAF), floats(0.5, 0, -2, 0, 0, 9, 0, 0), ints(1, -1, 3, -1, -1, 6, -1, -1),
    ints(2, -1, 4, -1, -1, 7, -1, -1), floats(0.1, 1, 0.2, -1, 0.5, 0, 0.25, -0.25), ints(0, 5),
)  # fmt: skip


ID = model().card.id


def test_a_model_comes_back_to_the_last_bit() -> None:
    made = model(3, BRANCHED, compared_with="another", shown_lists=12)
    content = encode(made)
    found = decode(made.card.id, content)
    assert found.card == made.card == decode_card(made.card.id, content)
    assert [array.tobytes() for array in found.forest] == [array.tobytes() for array in BRANCHED]
    assert [array.dtype for array in found.forest] == [array.dtype for array in BRANCHED]


def test_trees_are_walked_by_their_thresholds() -> None:
    rows = np.zeros((3, 8), np.float32)
    rows[:, 3], rows[:, 7], rows[:, 2] = [0.5, 1.0, 1.0], [0, -2, -1], [9, 9, 10]
    assert scores(BRANCHED, rows).tolist() == [1.25, -0.75, 0.25]
    groups = ints(0, 0, 1, 0, 0, 0, 0, 2)
    told = contributions(BRANCHED, rows, groups, 3)
    means = BRANCHED.value[BRANCHED.roots].sum()
    assert told.sum(axis=1) + means == pytest.approx([1.25, -0.75, 0.25])
    assert told[1].tolist() == pytest.approx([0.2 - 0.1, 0.25, -1.2])


@given(
    threshold=st.floats(allow_nan=False),
    value=st.floats(width=32) | st.sampled_from([-np.inf, np.inf, np.nan]),
    near=st.integers(-1, 1),
)
def test_a_threshold_that_is_no_float32_divides_floats_as_it_is(
    threshold: float, value: float, near: int
) -> None:
    tree = Forest(
        ints(0, LEAF, LEAF), floats(threshold, 0, 0), ints(1, -1, -1), ints(2, -1, -1), floats(0, 1, 2), ints(0)
    )  # fmt: skip
    with np.errstate(over="ignore"):
        beside = np.nextafter(np.float32(threshold), np.float32(near * np.inf if near else 0))
    for each in (np.float32(value), beside):
        expected = 1.0 if float(each) <= threshold else 2.0
        assert scores(tree, np.array([[each]], np.float32)).tolist() == [expected]


def test_contributions_are_those_of_the_path_of_each_row() -> None:
    dice = np.random.default_rng(1)
    rows = dice.normal(size=(50, 8)).astype(np.float32) * 4
    groups, expected = ints(0, 0, 1, 0, 0, 0, 0, 2), np.zeros((50, 3))
    for row, own in zip(rows, expected, strict=True):
        for root in BRANCHED.roots:
            at = root
            while BRANCHED.feature[at] != LEAF:
                goes_left = row[BRANCHED.feature[at]] <= BRANCHED.threshold[at]
                child = (BRANCHED.left if goes_left else BRANCHED.right)[at]
                own[groups[BRANCHED.feature[at]]] += BRANCHED.value[child] - BRANCHED.value[at]
                at = child
    assert contributions(BRANCHED, rows, groups, 3).tolist() == expected.tolist()


def test_every_cut_and_every_changed_byte_is_noticed() -> None:
    content = encode(model(0, BRANCHED))
    choices = random.Random(7)
    for cut in [0, 1, 7, 8, 13, 14, len(content) - 1, *(choices.randrange(len(content)) for _ in range(60))]:
        with pytest.raises(ModelError, match=ID):
            decode(ID, content[:cut])
    for place in [*range(14), *(choices.randrange(len(content)) for _ in range(200))]:
        changed = bytearray(content)
        changed[place] ^= 1 << choices.randrange(8)
        with pytest.raises(ModelError, match=r"damaged|not a model"):
            decode(ID, bytes(changed))
        with pytest.raises(ModelError):
            decode_card(ID, bytes(changed))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not a model: it does not begin as one does"),
        (b"PK\x03\x04 something zipped", "not a model"),
        (MAGIC, "not a model"),
        (MAGIC + bytes(30), "its header does not match its checksum"),
    ],
)
def test_what_is_no_model_is_told(content: bytes, told: str) -> None:
    with pytest.raises(ModelError, match=re.escape(f"model {ID}: ")) as error:
        decode(ID, content)
    assert told in str(error.value)
    assert "train" in str(error.value)


def test_a_model_under_another_name_is_refused() -> None:
    with pytest.raises(ModelError, match=f"this is model {ID} under another's name"):
        decode(model(1).card.id, encode(model()))


def test_bytes_of_another_kind_or_with_other_arrays_are_refused() -> None:
    card = model().card
    good = {name: getattr(BRANCHED, name) for name in BRANCHED._fields}
    for kind, version, told in (
        ("snapshot", 3, "not a model but of the kind 'snapshot'"),
        ("model", 2, "a model of format 2, but this Recirc reads 3"),
    ):
        with pytest.raises(ModelError, match=told):
            decode(ID, Format(kind, version, ModelCard).encode(card, good))
    right = Format("model", 3, ModelCard)
    for arrays in (
        {name: array for name, array in good.items() if name != "roots"},
        {**good, "more": ints(1)},
        {**good, "value": BRANCHED.value.astype(np.float32)},
        {**good, "left": BRANCHED.left.reshape(-1, 1)},
        {**good, "feature": BRANCHED.feature.reshape(2, -1)},
    ):
        with pytest.raises(ModelError, match="its arrays are not those of trees; roll back"):
            decode(ID, right.encode(card, arrays))
    assert decode(ID, right.encode(card, good)).card == card


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            BRANCHED._replace(left=ints(0, -1, 3, -1, -1, 6, -1, -1)),
            "a node's child lies before it or outside",
        ),
        (
            BRANCHED._replace(right=ints(2, -1, 0, -1, -1, 7, -1, -1)),
            "a node's child lies before it or outside",
        ),
        (
            BRANCHED._replace(right=ints(8, -1, 4, -1, -1, 7, -1, -1)),
            "a node's child lies before it or outside",
        ),
        (
            BRANCHED._replace(left=ints(-1, -1, 3, -1, -1, 6, -1, -1)),
            "a node's child lies before it or outside",
        ),
        (BRANCHED._replace(roots=ints(0, 8)), "a root lies outside"),
        (BRANCHED._replace(roots=ints(-1)), "a root lies outside"),
        (BRANCHED._replace(roots=ints()), "a root lies outside"),
        (BRANCHED._replace(feature=ints(99, -1, 7, -1, -1, 2, -1, -1)), "a feature beyond the 99"),
        (BRANCHED._replace(feature=ints(3, -2, 7, -1, -1, 2, -1, -1)), "a feature beyond"),
        (BRANCHED._replace(value=floats(0, np.inf, 0, 0, 0, 0, 0, 0)), "a value is no number"),
        (BRANCHED._replace(threshold=floats(np.nan, 0, 0, 0, 0, 0, 0, 0)), "a value is no number"),
        (BRANCHED._replace(value=floats(1, 2)), "their arrays differ in length"),
    ],
)
def test_trees_that_cannot_be_walked_are_refused(wrong: Forest, told: str) -> None:
    with pytest.raises(ModelError, match=re.escape(told)):
        decode(ID, encode(model(0, wrong)))


numbers = st.integers(-2, 9)
trees = st.lists(st.tuples(st.integers(-1, 5), numbers, numbers), min_size=1, max_size=9)


@settings(max_examples=300, deadline=None)
@given(trees, st.lists(numbers, max_size=4))
def test_whatever_is_loaded_ends_its_walk(nodes: list[tuple[int, int, int]], roots: list[int]) -> None:
    n = len(nodes)
    columns = [ints(*column) for column in zip(*nodes, strict=True)]
    forest = Forest(columns[0], np.zeros(n), columns[1], columns[2], np.ones(n), ints(*roots))
    try:
        found = decode(ID, encode(model(0, forest)))
    except ModelError:
        return
    rows = np.random.default_rng(1).normal(size=(20, 99)).astype(np.float32)
    assert scores(found.forest, rows).tolist() == [len(roots)] * 20


def test_a_model_for_other_settings_is_foreign_and_says_which() -> None:
    card = model().card
    check_fits(card, Settings())
    other = Settings(learning=LearningSettings(half_lives=(60.0, 600.0, 3600.0)))
    with pytest.raises(ModelError, match=r"made with learning\.half_lives = \(120\.0, .*now it is \(60\.0, "):
        check_fits(card, other)
    fading = Settings(recommending=msgspec.structs.replace(Settings().recommending, fading=0.5))
    with pytest.raises(
        ModelError, match=r"recommending\.fading = 0\.6, now it is 0\.5; set it back, or train again"
    ):
        check_fits(card, fading)
    # What only bounds the work does not change what a feature means.
    check_fits(
        card, Settings(recommending=msgspec.structs.replace(Settings().recommending, rerank_candidates=60))
    )


def test_a_model_for_other_features_says_which() -> None:
    names = feature_catalogue(LearningSettings()).names
    for features, told in (
        ((*names, "the moon's phase"), 'it has "the moon\'s phase", which no longer exists'),
        (names[1:], f"it lacks '{names[0]}'"),
        (tuple(reversed(names)), "in another order"),
    ):
        with pytest.raises(ModelError, match=re.escape(told)):
            check_fits(model(features=features).card, Settings())
