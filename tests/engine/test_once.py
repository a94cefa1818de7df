"""Law 3, Once: through the store and the engine, an event folds once, however often and however it is sent."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import any_length
from newsroom import MINUTE, Newsroom, visit
from recirc.engine import Observation
from recirc.types import Arrays, EventKind

views = st.tuples(
    st.lists(st.sampled_from("abcde"), min_size=1, max_size=4),
    st.integers(1, 6),
    st.integers(0, 600),
    st.sampled_from([EventKind.VIEW, EventKind.VIEW, EventKind.READ, EventKind.REACTION, EventKind.SHARE]),
    st.booleans(),
)


def learned(room: Newsroom) -> Arrays:
    return {
        f"{statistic.name}/{name}": array
        for statistic in room.engine._log_consumer.state.statistics
        for name, array in statistic.save().items()
    }


@settings(max_examples=20, deadline=None)
@given(drawn=any_length(views, 25), choices=st.randoms(use_true_random=False))
def test_events_sent_again_in_any_batches_fold_once(
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[tuple[list[str], int, int, EventKind, bool]],
    choices: random.Random,
) -> None:
    sent: list[Observation] = []
    for place, (opened, reader, ago, kind, bot) in enumerate(drawn):
        sent += visit(opened, 100 * reader + place, ago * MINUTE, bot=bot, kind=kind)
    sent = list({(o.reader, o.event.article, o.event.time): o for o in sent}.values())
    once, often = (Newsroom(tmp_path_factory.mktemp(name)) for name in ("once", "often"))
    try:
        once.engine.intern(list("abcde"))
        often.engine.intern(list("abcde"))
        if sent:
            once.observe(*sent)
        start = 0
        while start < len(sent):
            # The next few, after some that were sent before, and now and then all of them twice in one batch.
            stop = start + choices.randint(1, 5)
            before = [choices.choice(sent[:start]) for _ in range(choices.randint(0, 3))] if start else []
            batch = [*before, *sent[start:stop]] * choices.randint(1, 2)
            receipts = [often.engine.observe(batch) for _ in range(choices.randint(1, 2))]
            told = [receipt.result() for receipt in receipts]
            assert all(receipt.accepted + receipt.duplicates == len(batch) for receipt in told)
            assert sum(receipt.accepted for receipt in told) == len(sent[start:stop])
            if choices.random() < 0.5:
                often.engine.catch_up()
            start = stop
        often.engine.catch_up()
        assert often.engine.offset == once.engine.offset == len(sent)
        ours, theirs = learned(once), learned(often)
        assert [name for name in ours if ours[name].tobytes() != theirs[name].tobytes()] == []
    finally:
        once.engine.close()
        often.engine.close()
