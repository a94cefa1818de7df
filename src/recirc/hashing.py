"""Hashes of bytes: one algorithm (blake2b) for ids, keys, checksums and tags; SHA-256 where a database computes it too.

Most results are stored in files, in the database or on readers' devices, so none of them may ever change.
"""

from hashlib import blake2b
from hashlib import new as _new
from hashlib import sha256 as _sha256
from typing import TypeAlias

Hasher: TypeAlias = blake2b
"""An incremental hash."""


def hasher(size: int, *, key: bytes | memoryview = b"", person: bytes = b"") -> Hasher:
    """A new hash of `size` bytes. `key` keeps others from computing it, `person` names its purpose."""
    return blake2b(digest_size=size, key=key, person=person)


def digest(content: bytes, size: int, *, key: bytes | memoryview = b"", person: bytes = b"") -> bytes:
    """Hash of `content` in `size` bytes.

    >>> digest(b"ferry", 4).hex(), digest(b"ferry", 4, person=b"boats").hex()
    ('90dd792c', '3aa2027c')
    """
    return blake2b(content, digest_size=size, key=key, person=person).digest()


def sha256(content: bytes, size: int) -> bytes:
    """The first `size` bytes of SHA-256, which other programs can compute too.

    >>> sha256(b"ferry", 4).hex()
    'e9087d0b'
    """
    return _sha256(content).digest()[:size]


def sha2(content: bytes, bits: int) -> bytes:
    """SHA-2 of 256, 384 or 512 bits, for protocols that name it.

    >>> sha2(b"ferry", 384).hex()[:8]
    '00c0b52a'
    """
    return _new(f"sha{bits}", content).digest()


def hex_digest(content: bytes, size: int) -> str:
    """The same as `2 * size` hexadecimal digits."""
    return digest(content, size).hex()


def key63(content: bytes) -> int:
    """A number from 1 to 2**63 - 1; 0 is left to mean "none".

    Among n different contents the chance that any two share a key is n² / 2⁶⁴: one in 18,000 for 32 million.
    """
    return int.from_bytes(digest(content, 8), "little") & 0x7FFF_FFFF_FFFF_FFFF or 1
