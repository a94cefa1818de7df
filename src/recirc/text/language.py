"""Language identification; None for a text that is too short or ambiguous."""

import re
from functools import cache
from typing import Any, Final

# The languages of larger newspapers. Among all 97 languages of the model, a short text is easily mistaken for a small
# neighbouring language (Latin, Luxembourgish, Aragonese); among these it is not.
# fmt: off
LANGUAGES: Final = (
    "af", "am", "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fa",
    "fi", "fr", "ga", "gl", "gu", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "km", "kn", "ko",
    "ky", "lo", "lt", "lv", "mk", "ml", "mn", "mr", "ms", "mt", "my", "nb", "ne", "nl", "no", "pa", "pl", "ps", "pt",
    "ro", "ru", "rw", "si", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "uz", "vi",
    "xh", "zh", "zu",
)
# fmt: on

MAX_CHARACTERS: Final = 600  # more do not change the result and take time
MIN_LETTERS: Final = 40  # in scripts shared by many languages
MIN_SPECIFIC: Final = 8  # characters of scripts that few languages share
MIN_PROBABILITY: Final = 0.7  # of the most likely language, by the model

_LETTER: Final = re.compile(r"[^\W\d_]")
_SPECIFIC_SCRIPT: Final = re.compile(r"[\u0900-\u1cff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0eff]")
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+")
_BOKMAL: Final = "nb"


def language(text: str, expected: str | None = None) -> str | None:
    """The two-letter code of a text's language ("en", "uk"), or None if it is uncertain.

    Only the first `MAX_CHARACTERS` characters are read. Both forms of Norwegian are "no". `expected` is the language of
    the site: if it is the most likely one, it need not be certain.

    >>> language("The council voted on Thursday to keep the harbour library open on two days of the week.")
    'en'
    >>> language("Der Stadtrat hat am Donnerstag beschlossen, die Bibliothek am Hafen zu erhalten.")
    'de'
    >>> language("Shr 24 cts vs 15") is None, language("Shr 24 cts vs 15 in the fourth quarter", expected="en")
    (True, 'en')
    """
    read = _ADDRESS.sub(" ", text[:MAX_CHARACTERS])
    short = len(_SPECIFIC_SCRIPT.findall(read)) < MIN_SPECIFIC and len(_LETTER.findall(read)) < MIN_LETTERS
    if short and (expected is None or not _LETTER.search(read)):
        return None
    # The model takes any text in capitals for English.
    name, probability = _identifier().classify(read.lower() if _in_capitals(read) else read)
    found = "no" if name == _BOKMAL else str(name)
    if found == (expected or "").partition("-")[0]:
        return found
    return found if probability >= MIN_PROBABILITY and not short else None


def short_code(language: str | None) -> str:
    """The two letters of a language's code by which texts are told apart, empty if it is not known.

    >>> short_code("pt-BR"), short_code("nb"), short_code(None)
    ('pt', 'no', '')
    """
    short = (language or "").replace("_", "-").partition("-")[0].lower()
    return "no" if short in ("nb", "nn") else short


def _in_capitals(text: str) -> bool:
    return sum(map(str.isupper, text)) > sum(map(str.islower, text))


@cache
def _identifier() -> Any:
    """The model, loaded once per process."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([name for name in LANGUAGES if name in identifier.labels])
    return identifier
