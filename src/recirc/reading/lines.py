"""Lines of a file, plain or gzipped, with a maximum length and the progress of reading."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NoReturn, cast

import msgspec

from recirc.reading.rejections import RejectedValueError, Rejection, shown

_GZIP: Final = b"\x1f\x8b"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class NumberedLines:
    """The lines of a file with their numbers; blank ones are skipped.

    A line that is too long comes as a Rejection, and so does the point where a gzipped file is cut off or damaged; the
    lines before it are read.

    Attributes:
        path: the file.
        total_bytes: its size on disk.
    """

    def __init__(self, path: Path, longest: int) -> None:
        """Open `path`; `longest` is the maximum length of a line in bytes.

        Raises:
            OSError: the file cannot be opened.
        """
        self.path = path
        self.total_bytes = path.stat().st_size
        self._longest = longest
        self._file: BinaryIO = path.open("rb")
        self._final = 0

    @property
    def read_bytes(self) -> int:
        """How much of the file on disk was read, from 0 to `total_bytes`."""
        return self._final if self._file.closed else self._file.tell()

    def __iter__(self) -> Iterator[tuple[int, bytes] | Rejection]:
        with self._file:
            zipped = self._file.read(2) == _GZIP
            self._file.seek(0)
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=self._file)) if zipped else self._file
            number = 0
            try:
                while line := stream.readline(self._longest + 1):
                    number += 1
                    if len(line) > self._longest and not line.endswith(b"\n"):
                        yield self._rejection(number, f"the line is longer than {self._longest:,} bytes")
                        self._skip(stream)
                        continue
                    line = (line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line).strip()
                    if line:
                        yield number, line
            except EOFError:
                yield self._rejection(number + 1, "the gzip file is cut off here: it ends too early")
            except (gzip.BadGzipFile, zlib.error) as error:
                yield self._rejection(number + 1, f"the gzip file is damaged from here on: {error}")
            self._final = self._file.tell()

    def _skip(self, stream: BinaryIO) -> None:
        while (rest := stream.readline(self._longest)) and not rest.endswith(b"\n"):
            pass

    def _rejection(self, number: int, text: str) -> Rejection:
        return Rejection(number, text, "", self.path.name)


def decoded(line: bytes) -> dict[str, object]:
    """The JSON object in a line.

    Raises:
        RejectedValueError: it is not UTF-8, not JSON, or not an object; the text names the column.
    """
    try:
        value = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        value = _slowly_decoded(line)
    except RecursionError:
        raise RejectedValueError("", "the line is nested too deeply") from None
    if not isinstance(value, dict):
        raise RejectedValueError("", f"the line is not a JSON object in braces: {shown(value)}")
    return value


def _slowly_decoded(line: bytes) -> object:
    """Decode with the standard library what the fast decoder rejects: its errors have the column."""
    try:
        return json.loads(line.decode("utf-8"), parse_constant=_reject_constant)
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode("utf-8")) + 1
        raise RejectedValueError("", f"column {column}: not UTF-8: byte 0x{line[error.start]:02x}") from None
    except json.JSONDecodeError as error:
        raise RejectedValueError("", f"column {error.colno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise RejectedValueError("", "the line is nested too deeply") from None
    except ValueError as error:
        raise RejectedValueError("", f"not JSON: {error}") from None


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")
