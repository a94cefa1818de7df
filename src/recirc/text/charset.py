"""From the bytes of a document to its characters: what the bytes prove, what is declared, what they look like."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

from recirc.text.language import language

MOST_READ: Final = 5_000_000
"""Bytes of a page that are read, the rest is cut; the longest of the measured news pages has 1.4 MB."""

_DECLARED_WITHIN: Final = 16_384  # bytes; the HTML standard looks into the first 1,024
_DECLARED: Final = re.compile(
    rb"""<(?:meta|\?xml)[^<>]{0,400}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I
)
_LANGUAGE: Final = re.compile(
    rb"""<html[^<>]{0,400}?\blang\s*=\s*["']?([A-Za-z]{2})\b|<(?:dc:)?language>\s*([A-Za-z]{2})\b""", re.I
)
_ZEROS: Final = 0.2  # of the bytes: so many are zero only in UTF-16

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MARKS_IN_TEXT: Final = "\ufeff\x00"
_TWICE_ENCODED: Final = "ï»¿"
_MEANT: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "hz",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""What pages mean by these names, as the Encoding Standard (https://encoding.spec.whatwg.org/) has it."""
_LABELS: Final = {
    "sjis": "cp932", "shiftjis": "cp932", "windows31j": "cp932", "cp943": "cp932", "eucjp": "euc_jp",
    "dos874": "cp874", "tis620": "cp874", "iso88598i": "cp1255", "iso88598e": "iso8859-8", "csiso88598i": "cp1255",
    "csiso88598e": "iso8859-8", "logical": "cp1255", "visual": "iso8859-8", "iso88596i": "iso8859-6",
    "iso88596e": "iso8859-6", "gbk": "gb18030", "gb231280": "gb18030", "csgb2312": "gb18030", "big5": "big5hkscs",
    "xbig5": "big5hkscs", "cnbig5": "big5hkscs", "ksc56011987": "cp949", "ksc5601": "cp949", "utf8mb4": "utf-8",
    "unicode11utf8": "utf-8", "macroman": "mac-roman", "maccyrillic": "mac-cyrillic", "macukrainian": "mac-cyrillic",
    "koi": "koi8-r", "koi8": "koi8-r", "koi8ru": "koi8-u", "cskoi8r": "koi8-r", "latin1": "cp1252", "ansi": "cp1252",
}  # fmt: skip
"""Labels of the Encoding Standard and of old servers that Python does not know, without signs and a leading x."""
_NUMBERED: Final = re.compile(r"(?:windows|win|cp|ibm|ms)?(125\d|874|866|932|949|950)")
_ISO_NUMBERED: Final = re.compile(r"iso8859(\d{1,2})")

_KNOWN: Final = re.compile(
    r"utf-8(-sig)?|utf-(16|32)(-[lb]e)?|ascii|iso8859-\d+|cp(125\d|874|866|932|949|950)|koi8-[rut]|mac-\w+|tis-620"
    r"|gb2312|gbk|gb18030|big5(hkscs)?|shift_jis(x0213)?|euc_(jp|kr)|euc_jis_2004|iso2022_(jp|kr)|hz"
)
"""Codecs that are used for pages. Others of Python take quadratic time (punycode) or are no character sets (hex)."""

_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_RIGHT_IN_UTF_8: Final = 2  # as it hardly occurs by chance
_RIGHT_FOR_A_WRONG: Final = 10  # characters beyond ASCII for each that does not fit
_SEVEN_BITS: Final = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$", "iso2022_jp"), (b"\x1b(J", "iso2022_jp"))
_HIGH: Final = re.compile(rb"[\x80-\xff]+")
_SEGMENT: Final = re.compile(rb"[^<>\r\n]{2,100000}")
_SAMPLE: Final = 12_000  # bytes that a character set is recognised from
_OTHER_SCRIPT: Final = (
    1.9  # bytes beyond ASCII in a row, on average; 1.0 to 1.3 in languages of Latin letters
)
_SHARE: Final = 0.4  # of the letters of its words; at most 0.2 in languages of Latin letters
_ASCII_LETTER: Final = re.compile(rb"[A-Za-z]")
_OTHER_SCRIPTS: Final = (
    "cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5", "gb18030", "big5", "cp949", "cp1253",
    "cp1255", "cp1256", "cp874",
)  # fmt: skip
_KANA: Final = re.compile("[\u3041-\u30fe]")
_HANGUL: Final = re.compile("[\uac00-\ud7a3]")
_PAIR: Final = re.compile(rb"[\x81-\xfe][\x40-\xfe]")
_LATIN_2: Final = ("pl", "cs", "sk", "hu", "sl", "hr", "bs", "ro", "sq")
_LATIN_2_LETTERS: Final = re.compile(
    rb"[\x8a\x8c-\x8f\x9a\x9c-\x9f]"
)  # where windows-1250 has letters, and ISO none
_POLISH: Final = (
    re.compile(rb"[\xb1\xb6\xbc]"),
    re.compile(rb"[\xb9\x9c\x9f]"),
)  # ą, ś, ź in ISO 8859-2 and windows-1250
_LATIN_2_ISO: Final = re.compile(rb"(?<=[A-Za-z\x80-\xff])[\xb9\xbb\xbe]")
_BY_LANGUAGE: Final = {
    "tr": "cp1254",
    "az": "cp1254",
    "lt": "cp1257",
    "lv": "cp1257",
    "et": "cp1257",
    "vi": "cp1258",
}
_SYMBOLS_IN_WORDS: Final = re.compile(r"[a-z][¹³¿£¥¯¶¼¾][a-z]")


def decoded(content: bytes | str, charset: str | None = None, *, most: int | None = MOST_READ) -> str:
    """The characters of a document, without byte order marks, of which at most `most` bytes are read.

    The first of these that the bytes fit: a byte order mark; UTF-16 by its zeros; UTF-8, whatever is declared
    (that other text happens to be valid UTF-8 with letters beyond ASCII practically does not occur); the one that the
    document declares; the `charset` of the header; the one that the bytes look like; windows-1252. A few characters
    that do not fit become U+FFFD. A declared windows-1252 or ISO 8859-1, which servers send by default, does not count
    where the text is of another script.

    >>> decoded("Caf\\u00e9".encode("latin-1"), "utf-8"), decoded("Caf\\u00e9".encode(), "latin-1")
    ('Café', 'Café')
    >>> decoded(b"<?xml version='1.0' encoding='latin-1'?><a>caf\\xe9</a>")[-8:-4]
    'café'
    """
    if isinstance(content, str):
        return content[:most].replace("\x00", "")
    cut = most is not None and len(content) > most
    content = content[:most] if cut else content
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _without_marks(content.decode(name, "replace"))
    return _without_marks(_decoded(content, charset, final=not cut))


def codec_of(label: str) -> str | None:
    """Python's codec for the label of a character set, as servers and documents write it; None: there is none.

    >>> codec_of("x-sjis"), codec_of("Windows-31J"), codec_of("iso-8859-8-i"), codec_of("punycode")
    ('cp932', 'cp932', 'cp1255', None)
    """
    label = label.strip().strip("\"'").lower()
    bare = re.sub(r"[^a-z0-9]", "", label[:60])
    bare = bare.removeprefix("x") if bare.startswith("x") else bare
    numbered, iso = _NUMBERED.fullmatch(bare), _ISO_NUMBERED.fullmatch(bare)
    name = _LABELS.get(bare) or (f"cp{numbered[1]}" if numbered else f"iso8859-{iso[1]}" if iso else label)
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):  # a null character in the name is a ValueError
        return None
    return _MEANT.get(known, known) if _KNOWN.fullmatch(known) else None


def _without_marks(text: str) -> str:
    return text.lstrip(_MARKS_IN_TEXT).removeprefix(_TWICE_ENCODED).lstrip(_MARKS_IN_TEXT).replace("\x00", "")


def _decoded(content: bytes, charset: str | None, *, final: bool) -> str:
    own = list(_declared(content, None))
    names = [*own, *_declared(b"", charset)]
    for name in (*_by_zeros(content), *(name for name in names if name.startswith(("iso2022", "hz")))):
        with_it = _fitting(content, name, final=final)
        if with_it is not None:
            return with_it
    for sign, name in _SEVEN_BITS:
        if sign in content and (with_it := _fitting(content, name, final=final)) is not None:
            return with_it
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(content, final=final)
    except UnicodeDecodeError:
        pass
    other_script = _looks_of_other_script(content)
    # A declared UTF-16 that the zeros did not confirm is a mistake: its declaration could not have been read.
    for name in ("utf-8", *(name for name in names if not name.startswith("utf-"))):
        if name == "cp1252" and (other_script or name not in own):
            continue
        with_it = _fitting(content, name, final=final)
        if with_it is not None:
            return with_it
    found = _recognised(content) if other_script else None
    wrong = [name for name in names if not name.startswith("utf-") and name != "cp1252"]
    name = found or next(iter(wrong), None) or _latin(content)
    return min(
        (content.decode(each, "replace") for each in (name, "utf-8", "cp1252")),
        key=lambda text: text.count("\ufffd"),
    )


def _declared(content: bytes, charset: str | None) -> Iterator[str]:
    """The codecs that a document and its header declare."""
    found = _DECLARED.search(content[:_DECLARED_WITHIN])
    for name in (found and found[1].decode("ascii", "replace"), charset):
        known = codec_of(name) if name else None
        if known is not None:
            yield known


def _by_zeros(content: bytes) -> Iterator[str]:
    beginning = content[:4_096]
    if beginning.count(0) > _ZEROS * len(beginning):
        yield "utf-16-le" if beginning[1::2].count(0) > beginning[::2].count(0) else "utf-16-be"


def _fitting(content: bytes, name: str, *, final: bool) -> str | None:
    """The text by a codec, if it fits but for a few characters."""
    try:
        return codecs.getincrementaldecoder(name)().decode(content, final=final)
    except UnicodeDecodeError:
        pass
    except LookupError:
        return None
    text = content.decode(name, "replace")
    wrong = text.count("\ufffd")
    right = len(_NOT_ASCII.findall(text)) - wrong
    least = _RIGHT_IN_UTF_8 if name == "utf-8" else _RIGHT_FOR_A_WRONG
    return text if wrong and right >= least * wrong else None


def _sample(content: bytes) -> bytes:
    """The texts beyond ASCII between the tags of a document."""
    found: list[bytes] = []
    size = 0
    for segment in _SEGMENT.finditer(content[:2_000_000]):
        if sum(map(len, _HIGH.findall(segment[0]))) >= 2:
            found.append(segment[0].strip())
            size += len(segment[0])
            if size >= _SAMPLE:
                break
    return b"\n".join(found)


def _looks_of_other_script(content: bytes) -> bool:
    """Whether the bytes beyond ASCII are words rather than letters within words."""
    sample = _sample(content)
    runs = [len(run) for run in _HIGH.findall(sample)]
    high = sum(runs)
    return (
        bool(runs)
        and high / len(runs) >= _OTHER_SCRIPT
        and high >= _SHARE * (high + len(_ASCII_LETTER.findall(sample)))
    )


def _recognised(content: bytes) -> str | None:
    """The character set of a text that is not of Latin letters."""
    from charset_normalizer import from_bytes  # here, as it is slow to import

    sample = _sample(content)
    for name in ("euc_jp", "cp932"):  # of a short text the statistics of charset-normalizer know too little
        kana = len(_KANA.findall(_strict(sample, name)))
        if kana and kana >= 0.15 * len(_NOT_ASCII.findall(_strict(sample, name))):
            return name
    best = from_bytes(sample, cp_isolation=list(_OTHER_SCRIPTS), threshold=0.4).best()
    known = codec_of(best.encoding) if best is not None else None
    if known not in ("gb18030", "big5hkscs", "cp949"):
        return known
    korean = _strict(sample, "cp949")
    syllables = len(_HANGUL.findall(korean))
    # Chinese has no spaces between words.
    if syllables > 0.85 * len(_NOT_ASCII.findall(korean)) and syllables <= 7 * len(korean.split()):
        return "cp949"
    # Simplified Chinese has no second bytes below A1, of which traditional Chinese is full.
    pairs = [pair[1] for pair in _PAIR.findall(sample)]
    return "big5hkscs" if sum(second < 0xA1 for second in pairs) > 0.1 * len(pairs) else "gb18030"


def _strict(sample: bytes, name: str) -> str:
    try:
        return sample.decode(name)
    except UnicodeDecodeError:
        return ""


def _latin(content: bytes) -> str:
    """The character set of a text of Latin letters, by its language: as declared, else as its words look."""
    declared = _LANGUAGE.search(content[:_DECLARED_WITHIN])
    sample = _sample(content)
    text = sample.decode("cp1252", "replace")
    named = (declared[1] or declared[2]).decode("ascii").lower() if declared else None
    spoken = named or language(text)
    if spoken in _LATIN_2 or (spoken not in _BY_LANGUAGE and not named and _SYMBOLS_IN_WORDS.search(text)):
        iso, windows = (len(letters.findall(sample)) for letters in _POLISH)
        if spoken not in ("pl", None):
            iso, windows = (len(each.findall(sample)) for each in (_LATIN_2_ISO, _LATIN_2_LETTERS))
        return "iso8859-2" if iso > windows else "cp1250"
    return _BY_LANGUAGE.get(spoken or "", "cp1252")
