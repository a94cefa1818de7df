"""What is erased in one process is gone in the others, however far they have read."""

from contextlib import closing
from pathlib import Path

import pytest

from newsroom import NOW, Newsroom, article
from recirc.engine import Engine


@pytest.mark.parametrize("behind", [False, True])
def test_a_name_that_stands_in_texts_alone_is_gone_elsewhere_too(tmp_path: Path, behind: bool) -> None:
    room = Newsroom(tmp_path)
    body = "<p>Said Cora Dunn at the quay, and went home.</p>"
    room.publish(article("x", "ferry", 1, headline="Cora Dunn speaks", body=body), article("y", "ferry", 2))
    with closing(room.engine), closing(Engine.open(room.settings)) as other:
        known = other.article("x")
        assert known is not None
        assert known.article is not None
        assert "Cora Dunn" in known.article.headline
        if behind:
            room.read(["x"], 7)  # the other has not folded this yet
        room.engine.life.erase_names(
            "author", ["Cora Dunn"], "Una", "asked", NOW, texts=True, remove_pictures=lambda _: 0
        )
        other.catch_up()
        seen = other.article("x")
        assert seen is not None
        assert seen.article is not None
        assert "Cora" not in seen.article.headline + (seen.article.body or "")
