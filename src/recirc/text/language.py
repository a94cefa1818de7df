"""The language of a text, or None: a text that is too short, or of no language that is known for sure, has none."""

import re
from functools import cache
from typing import Any, Final

# The languages that newspapers of some size are written in. Among 97 languages a short text is soon taken for a small
# neighbour of its own (Latin, Luxembourgish, Aragonese); among these it is not.
# fmt: off
LANGUAGES: Final = (
    "af", "am", "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fa",
    "fi", "fr", "ga", "gl", "gu", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "km", "kn", "ko",
    "ky", "lo", "lt", "lv", "mk", "ml", "mn", "mr", "ms", "mt", "my", "nb", "ne", "nl", "no", "pa", "pl", "ps", "pt",
    "ro", "ru", "rw", "si", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "uz", "vi",
    "xh", "zh", "zu",
)
# fmt: on

READ: Final = 600  # characters; more do not change the answer, and each costs time
FEWEST_LETTERS: Final = 40  # of scripts that many languages share
FEWEST_SIGNS: Final = 8  # of scripts in which a sign says more
SURE: Final = 0.7  # probability that the best language must have, as the model tells it

_LETTER: Final = re.compile(r"[^\W\d_]")
_SPEAKING: Final = re.compile(r"[\u0900-\u1cff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0eff]")
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+")
_BOKMAL: Final = "nb"


def language(text: str) -> str | None:
    """The language of a text as a code of two letters ("en", "uk"), or None where it is not known for sure.

    Only the first `READ` characters are read. Norwegian is "no", whichever of its two forms.

    >>> language("The council voted on Thursday to keep the harbour library open on two days of the week.")
    'en'
    >>> language("Der Stadtrat hat am Donnerstag beschlossen, die Bibliothek am Hafen zu erhalten.")
    'de'
    >>> language("Shr 24 cts vs 15") is None
    True
    """
    read = _ADDRESS.sub(" ", text[:READ])
    if len(_SPEAKING.findall(read)) < FEWEST_SIGNS and len(_LETTER.findall(read)) < FEWEST_LETTERS:
        return None
    # Lines in capitals are foreign to the model, which then takes English for anything.
    name, sure = _identifier().classify(read.lower() if _in_capitals(read) else read)
    if sure < SURE:
        return None
    return "no" if name == _BOKMAL else str(name)


def _in_capitals(text: str) -> bool:
    return sum(map(str.isupper, text)) > sum(map(str.islower, text))


@cache
def _identifier() -> Any:
    """The model, read once in the life of a process."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([name for name in LANGUAGES if name in identifier.labels])
    return identifier
