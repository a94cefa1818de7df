"""How many of the topics found in other languages are right: `python benchmarks/topics_elsewhere.py --data FOLDER`.

FOLDER has a file for each language, `de.jsonl.gz` and `pt-BR.jsonl.gz`, one JSON object a line with `headline` and
`body`. `topic_judgements.toml` says which topics of articles of their second halves are right: what the article is
about, or an editor might tag, under a name of its own. What is found and not among these counts as wrong. The
first halves were for developing. `--print` prints what is found, to be judged.
"""

import argparse
import gzip
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from recirc.text.topics import Gazetteer, Topics

JUDGEMENTS: Final = Path(__file__).with_name("topic_judgements.toml")
MOST: Final = 8
"""Topics of an article that came without any, as a newspaper keeps them."""


class FoundTopics(NamedTuple):
    """What is found in an article: its number in the file, its headline, and names of topics."""

    number: int
    headline: str
    names: tuple[str, ...]


def found(folder: Path, language: str, numbers: list[int]) -> Iterator[FoundTopics]:
    """The topics of the articles with these numbers."""
    topics = Topics(Gazetteer())
    lines = gzip.decompress((folder / f"{language}.jsonl.gz").read_bytes()).splitlines()
    for number in numbers:
        row = json.loads(lines[number])
        names = tuple(topic.name for topic in topics.find(row["headline"], row["body"], language)[:MOST])
        yield FoundTopics(number, row["headline"], names)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how many topics in other languages are right.")
    parser.add_argument("--data", type=Path, required=True, help="for instance ../shared/data/languages")
    parser.add_argument("--print", action="store_true", help="print what is found, and mark what is wrong")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    rows = 0
    for language, judged in tomllib.loads(JUDGEMENTS.read_text("utf-8")).items():
        right = wrong = 0
        for each in found(options.data, language, [int(number) for number in judged]):
            accepted = judged[str(each.number)]
            right += sum(name in accepted for name in each.names)
            wrong += sum(name not in accepted for name in each.names)
            if options.print:
                marked = (name if name in accepted else f"[{name}]" for name in each.names)
                print(f"{language} {each.number} {each.headline}: {', '.join(marked)}")
        rows += len(judged)
        precision = round(right / max(right + wrong, 1), 3)
        results[language] = {"articles": len(judged), "topics": right + wrong, "precision": precision}
    if options.json:
        head = {"benchmark": "topics_elsewhere", "protocol": None, "data": {"rows": rows, "windows": None}}
        print(json.dumps({**head, "policies": results}))
        return
    for language, row in results.items():
        print(f"{language:<6}", *(f"{name} {figure:g}" for name, figure in row.items()), sep="  ")


if __name__ == "__main__":
    main()
