"""Whether memory grows with the log: `python benchmarks/growth.py [--events N] [--days N] [--json]`.

Invented events are decided as by a sequencer, archived day by day as Parquet, and folded from there in one pass by a
process of its own, which reports its memory after each day. Articles and readers are as many throughout: what grows is
the log alone. Each article is read most when it is new, by readers of whom some come back.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np

from recirc.settings import LearningSettings
from recirc.state.state import State
from recirc.store.archive_files import DayName, mends_digest, open_place, scratch_file
from recirc.store.decisions import DAY, DecisionTables
from recirc.store.log_archive import ArchivedDay, ArchivedLog, DayWriter
from recirc.text.vector import DIMENSIONS
from recirc.types import RECORD, EntryKind, RecordArray

ARTICLES: Final = 20_000
READERS: Final = 500_000
GROUP: Final = 131_072
BEGIN: Final = 20_700 * DAY
AT_ONCE: Final = 65_536


def events(first: int, count: int, begin: int, span: int, days: int) -> RecordArray:
    """Views from `begin` on for `span` ms, RECORD (count,)."""
    rng = np.random.default_rng(first)
    made = np.zeros(count, RECORD)
    made["id"] = first + np.arange(count)
    made["time"] = begin + np.sort(rng.integers(0, span, count))
    newest = (made["time"] - BEGIN) * ARTICLES // (days * DAY)
    age = (rng.exponential(ARTICLES / days / 4, count)).astype(np.int64)
    made["article"] = np.abs(newest - age) % ARTICLES
    made["reader"] = 1 + rng.integers(0, READERS, count)
    made["visit"] = made["reader"] * 1_000 + (made["time"] // 1_800_000) % 1_000
    made["source"], made["kind"], made["name"], made["position"] = -1, EntryKind.VIEW, 255, 255
    return made


def archive(folder: Path, total: int, days: int) -> int:
    """Write so many events of so many days; the number of bytes."""
    tables, place, first, after = DecisionTables(1_800_000), open_place(str(folder)), 1, ""
    names = {index: f"article-{index}" for index in range(ARTICLES)}
    for day in range(days):
        last, date = first + total // days - 1, f"day {day}"
        note = ArchivedDay(first=first, last=last, epoch="invented", position=day, hash=date, after=after)
        with scratch_file(folder) as file:
            writer, count = DayWriter(file, note), last - first + 1
            for start in range(0, count, GROUP):
                size, span = min(GROUP, count - start), DAY * min(GROUP, count - start) // count
                made = events(first + start, size, BEGIN + day * DAY + DAY * start // count, span, days)
                tables.decide(made)
                writer.add(first + start, made, {}, names)
            writer.close(last)
            name = DayName(
                str(np.datetime64(BEGIN // DAY + day, "D")), first, last, 0, mends_digest(note.epoch, ())
            )
            place.put(name.file, file)
        first, after = last + 1, date
    return sum(path.stat().st_size for path in folder.glob("*.parquet"))


def fold(folder: str) -> None:
    """Fold an archive, and print a JSON line after each day: entries, MB of memory, s of processor time."""
    log, state = ArchivedLog(folder), State(LearningSettings(), DIMENSIONS)
    ends = [day.last for day in log.days]
    State(LearningSettings(), DIMENSIONS).fold(log.read(0, 1_000))  # loads the compiled loops
    began = time.process_time()
    while state.offset < log.end():
        state.fold(log.read(state.offset, AT_ONCE))
        if state.offset in ends:
            memory = int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
            row = {"entries": state.offset, "mb": round(memory), "seconds": time.process_time() - began}
            print(json.dumps(row), flush=True)


def main() -> None:
    """Archive, fold in another process, and print a table or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=20_000_000, help="in all")
    parser.add_argument("--days", type=int, default=20, help="over which they are spread")
    parser.add_argument("--fold", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help="where to write")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.fold:
        fold(options.fold)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        size = archive(Path(folder), options.events, options.days)
        words = [sys.executable, __file__, "--fold", folder]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if options.json:
        print(json.dumps({"bytes_per_event": size / options.events, "rows": rows}))
        return
    print(f"{size / options.events:.1f} bytes an event in Parquet")
    for row in rows:
        rate = row["entries"] / row["seconds"]
        print(f"{row['entries']:>13,} entries: {row['mb']:>6,} MB, {rate:,.0f} a second of processor time")


if __name__ == "__main__":
    main()
