"""The language of a text: known ones are told, short and doubtful ones are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recirc.text.language import LANGUAGES, language

SAID = {
    "en": "The council voted on Thursday night to keep the harbour library open, against the advice of its treasurer.",
    "de": "Der Stadtrat hat am Donnerstagabend beschlossen, die Bibliothek gegen den Rat des Kämmerers zu halten.",
    "fr": "Le conseil municipal a voté jeudi soir le maintien de la bibliothèque du port, contre l'avis du trésorier.",
    "es": "El ayuntamiento votó el jueves por la noche mantener abierta la biblioteca del puerto, contra su tesorero.",
    "it": "Il consiglio comunale ha votato giovedì sera per tenere aperta la biblioteca, contro il tesoriere.",
    "pt": "A câmara municipal votou na quinta-feira à noite manter aberta a biblioteca do porto, contra o tesoureiro.",
    "nl": "De gemeenteraad besloot donderdagavond de bibliotheek aan de haven open te houden, tegen het advies in.",
    "sv": "Kommunfullmäktige beslutade på torsdagskvällen att hålla biblioteket i hamnen öppet mot kassörens råd.",
    "pl": "Rada miasta zagłosowała w czwartek wieczorem za utrzymaniem biblioteki portowej wbrew radzie skarbnika.",
    "uk": "Міська рада у четвер увечері проголосувала за збереження портової бібліотеки всупереч пораді скарбника.",
    "ru": "Городской совет в четверг вечером проголосовал за сохранение портовой библиотеки вопреки совету казначея.",
    "el": "Το δημοτικό συμβούλιο ψήφισε το βράδυ της Πέμπτης να παραμείνει ανοιχτή η βιβλιοθήκη του λιμανιού.",
    "ja": "市議会は木曜日の夜、会計係の助言に反して港の図書館を存続させることを決めた。",
    "zh": "市议会周四晚间投票决定保留港口图书馆，这违背了财务主管的建议。",
    "ar": "صوت مجلس المدينة مساء الخميس على إبقاء مكتبة الميناء مفتوحة خلافا لنصيحة أمين الصندوق.",
    "tr": "Belediye meclisi perşembe akşamı, saymanın tavsiyesine rağmen kütüphanenin açık kalmasına karar verdi.",
}


@pytest.mark.parametrize("code", sorted(SAID))
def test_a_sentence_has_its_language(code: str) -> None:
    assert language(SAID[code]) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "Shr 24 cts vs 15 cts",
        "OK",
        "12345 67,890 %% -- 44",
        "https://example.org/the-council-voted-on-thursday-to-keep",
    ],
)
def test_what_says_too_little_has_none(text: str) -> None:
    assert language(text) is None


def test_a_line_in_capitals_is_read_as_well() -> None:
    assert language(SAID["en"].upper()) == "en"


def test_only_the_beginning_is_read() -> None:
    assert language(SAID["en"] * 10 + SAID["de"] * 500) == "en"


@given(st.text(max_size=300))
def test_any_text_has_a_language_that_is_known_or_none_and_always_the_same(text: str) -> None:
    found = language(text)
    assert found is None or found in LANGUAGES
    assert language(text) == found
