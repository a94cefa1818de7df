"""Pictures made for tests, and a server that has them."""

import io
import mimetypes
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image, ImageDraw


def drawn(width: int, height: int, form: str = "JPEG", colour: str = "navy", **options: object) -> bytes:
    """A picture with a red upper left quarter on a colour."""
    picture = Image.new("RGB", (width, height), colour)
    ImageDraw.Draw(picture).rectangle((0, 0, width // 2, height // 2), fill=(200, 30, 30))
    target = io.BytesIO()
    picture.save(target, form, **options)
    return target.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it has width × height pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(100_000)))
        + chunk(b"IEND", b"")
    )


@contextmanager
def serving(files: dict[str, bytes | int], asked: list[str] | None = None) -> Iterator[str]:
    """A web server with these files by path, whatever the query; a number is the status that it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if asked is not None:
                asked.append(self.path)
            path = self.path.partition("?")[0]
            found = files.get(path, 404)
            content = found if isinstance(found, bytes) else b""
            self.send_response(200 if isinstance(found, bytes) else found)
            self.send_header("Content-Type", mimetypes.guess_type(path)[0] or "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
