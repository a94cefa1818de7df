"""Commands over a local socket: how other processes hand theirs to the one that has the sequencer.

A message is its length in four bytes and msgpack. Requests are numbered, replies carry the number, and several are in
flight at once. Only this user's processes may connect: the socket lies beside the store's file, with its permissions.
"""

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from recirc.store.commands import (
    AddRules,
    Append,
    Command,
    DropPictures,
    DropProvisional,
    EndRules,
    Erase,
    EraseEvents,
    EraseNames,
    FillAddresses,
    HoldBack,
    IndexWords,
    Intern,
    KeepPicture,
    KeepProvisional,
    NoteAction,
    Release,
    SetEntries,
    Unvoid,
    Void,
    Withdraw,
)
from recirc.store.ports import (
    BusyError,
    ConflictError,
    ForkError,
    NotThereError,
    Receipt,
    StoreError,
    UnconfirmedError,
)

MOST_BYTES = 1 << 30
"""Size of a message at most."""

_LENGTH = struct.Struct("<I")
RESULTS: dict[type, Any] = {
    Append: Receipt, Intern: dict[str, int], SetEntries: None, IndexWords: int | None,
    FillAddresses: None, Withdraw: Receipt, HoldBack: None, Release: None,
    KeepProvisional: None, DropProvisional: None, Void: int, Unvoid: int, KeepPicture: None, DropPictures: None,
    NoteAction: None, AddRules: None, EndRules: None, Erase: dict[str, int],
    EraseNames: dict[str, int], EraseEvents: dict[str, int],
}  # fmt: skip
"""Type of the result of each command, as it comes back over the socket."""

_ERRORS: dict[str, type[StoreError]] = {
    each.__name__: each
    for each in (BusyError, ConflictError, ForkError, NotThereError, StoreError, UnconfirmedError)
}
_requests = msgspec.msgpack.Decoder(tuple[int, Command])
_replies = msgspec.msgpack.Decoder(tuple[int, str, msgspec.Raw])


class LinkServer:
    """Accepts commands for `submit` on a socket beside the store's file, in threads of its own."""

    def __init__(self, path: Path, submit: "Callable[[Command], Future[Any]]") -> None:
        """Raises OSError where no socket can be made."""
        self._path = socket_path(path)
        self._submit = submit
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closed = False
        with suppress(FileNotFoundError):
            self._path.unlink()  # of a process that was killed; whoever has the lock may
        self._listener = socket.socket(socket.AF_UNIX)
        with _short(self._path) as short:
            self._listener.bind(short)
        self._path.chmod(0o600)
        self._listener.listen(64)
        threading.Thread(target=self._accept, name=f"link of {path.name}", daemon=True).start()

    def close(self) -> None:
        """Accept no more, and end the connections."""
        with self._lock:
            self._closed = True
            connections = list(self._connections)
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._path.unlink()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if self._closed:
                    connection.close()
                    return
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), name="link", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        sending = threading.Lock()
        try:
            for message in messages(connection):
                number, command = _requests.decode(message)
                try:
                    future = self._submit(command)
                except StoreError as error:
                    _reply(connection, sending, number, error)
                else:
                    future.add_done_callback(partial(_reply, connection, sending, number))
        except (OSError, msgspec.MsgspecError):
            pass  # the other side ended or is not ours: its commands that arrived are applied all the same
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()


def _reply(
    connection: socket.socket, sending: threading.Lock, number: int, outcome: "StoreError | Future[Any]"
) -> None:
    result: Any = outcome
    if isinstance(outcome, Future):
        result = outcome.exception() or outcome.result()
    if isinstance(result, BaseException):
        kind = type(result).__name__ if type(result).__name__ in _ERRORS else "StoreError"
        text = str(result) if isinstance(result, StoreError) else f"{type(result).__name__}: {result}"
        content = msgspec.msgpack.encode((number, kind, text))
    else:
        content = msgspec.msgpack.encode((number, "", result))
    with suppress(OSError), sending:  # the sender may be gone; it asks again when it is back
        send(connection, content)


class LinkClient:
    """Hands commands to the process that listens, over one connection."""

    def __init__(self, path: Path, on_lost: "Callable[[LinkClient], None]") -> None:
        """`on_lost` receives this client when the connection ends by itself, see `pending`. Raises OSError."""
        self._connection = socket.socket(socket.AF_UNIX)
        try:
            with _short(socket_path(path)) as short:
                self._connection.connect(short)
        except BaseException:
            self._connection.close()
            raise
        self._on_lost = on_lost
        self._lock = threading.Lock()
        self._number = 0
        self._pending: dict[int, tuple[Command, Future[Any]]] = {}
        self._closed = False
        self._thread = threading.Thread(target=self._receive, name=f"link to {path.name}", daemon=True)
        self._thread.start()

    def submit(self, command: Command, future: "Future[Any]") -> None:
        """Hand in a command. Raises OSError: the connection has ended, and the command is not pending."""
        if not future.running() and not future.set_running_or_notify_cancel():
            return
        with self._lock:
            if self._closed:
                raise ConnectionResetError("the connection has ended")
            self._number += 1
            self._pending[self._number] = (command, future)
            number = self._number
            try:
                send(self._connection, msgspec.msgpack.encode((number, command)))
            except OSError:
                del self._pending[number]
                raise

    def pending(self) -> list[tuple[Command, "Future[Any]"]]:
        """The commands without a reply, in order; they are not pending here any more."""
        with self._lock:
            left = [self._pending[number] for number in sorted(self._pending)]
            self._pending.clear()
        return left

    def close(self) -> None:
        """End the connection when the replies to all commands have come."""
        with self._lock:
            waiting = [future for _, future in self._pending.values()]
        for future in waiting:
            with suppress(Exception):  # its owner receives it
                future.exception()
        with self._lock:
            self._closed = True
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _receive(self) -> None:
        try:
            for message in messages(self._connection):
                number, error, content = _replies.decode(message)
                with self._lock:
                    command, future = self._pending.pop(number)
                if error:
                    future.set_exception(_ERRORS[error](msgspec.msgpack.decode(content, type=str)))
                else:
                    future.set_result(msgspec.msgpack.decode(content, type=RESULTS[type(command)]))
        except (OSError, msgspec.MsgspecError, KeyError):
            pass  # as good as ended: what is pending is sent again
        with self._lock:
            closed, self._closed = self._closed, True
        self._connection.close()
        if not closed:
            self._on_lost(self)


def send(connection: socket.socket, content: bytes) -> None:
    """Send a message. Raises OSError."""
    connection.sendall(_LENGTH.pack(len(content)) + content)


def messages(connection: socket.socket) -> Iterator[bytes]:
    """The messages that arrive, until the other side ends. Raises OSError."""
    while header := _exactly(connection, _LENGTH.size):
        (length,) = _LENGTH.unpack(header)
        if length > MOST_BYTES:
            raise ConnectionAbortedError("the message is longer than any of ours")
        yield _exactly(connection, length)


def _exactly(connection: socket.socket, length: int) -> bytes:
    parts: list[bytes] = []
    left = length
    while left:
        part = connection.recv(min(left, 1 << 20))
        if not part:
            if parts:
                raise ConnectionResetError("the connection ended within a message")
            return b""
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def reachable(path: Path) -> bool:
    """Whether some process accepts commands for the store at `path`."""
    with closing(socket.socket(socket.AF_UNIX)) as connection, _short(socket_path(path)) as short:
        return connection.connect_ex(short) == 0


def socket_path(path: Path) -> Path:
    """Where the store at `path` is listened for."""
    return path.with_name(f"{path.name}.socket")


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """The path in a form that fits a socket's address of 107 bytes, however deep the folder is."""
    if len(os.fsencode(path)) < 100 or not Path("/proc/self/fd").is_dir():
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
