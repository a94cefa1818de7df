"""Words beside a day that say how near it is, plans and weekdays, in twelve languages."""

from datetime import date

import pytest

from recirc.provenance.days import contradictions
from recirc.provenance.temporal import mentions

PUBLISHED = date(2025, 9, 17)  # a Wednesday
FAR = {
    "en": "The vote took place two weeks ago, on 23 March, in the hall.",
    "de": "Die Abstimmung war vor zwei Wochen, am 23. März, im Saal.",
    "fr": "Le vote a eu lieu il y a deux semaines, le 23 mars, dans la salle.",
    "es": "La votación fue hace dos semanas, el 23 de marzo, en la sala.",
    "pt": "A votação foi há duas semanas, em 23 de março, na sala.",
    "it": "Il voto è stato due settimane fa, il 23 marzo, nella sala.",
    "nl": "De stemming was twee weken geleden, op 23 maart, in de zaal.",
    "pl": "Głosowanie odbyło się dwa tygodnie temu, 23 marca, w sali.",
    "ru": "Голосование прошло две недели назад, 23 марта, в зале.",
    "ar": "وجرى التصويت قبل أسبوعين، في 23 مارس، في القاعة.",
    "zh": "投票两周前，即3月23日，在大厅举行。",
    "ja": "投票は二週間前の3月23日に行われた。",
}
YESTERDAY = {
    "en": "The hall burned yesterday, on {d}.", "de": "Die Halle brannte gestern, am {d}, aus.",
    "fr": "La halle a brûlé hier, le {d}.", "es": "La sala ardió ayer, el {d}.", "pt": "A sala ardeu ontem, {d}.",
    "it": "La sala è bruciata ieri, il {d}.", "nl": "De zaal brandde gisteren, op {d}, uit.",
    "pl": "Sala spłonęła wczoraj, {d}.", "ru": "Зал сгорел вчера, {d}.", "ar": "احترقت القاعة أمس، {d}.",
    "zh": "大厅昨天，即{d}，被烧毁。", "ja": "大広間は昨日の{d}に焼けた。",
}  # fmt: skip
DAYS = {
    "en": ("16 September", "4 April"), "de": ("16. September", "4. April"), "fr": ("16 septembre", "4 avril"),
    "es": ("16 de septiembre", "4 de abril"), "pt": ("16 de setembro", "4 de abril"),
    "it": ("16 settembre", "4 aprile"), "nl": ("16 september", "4 april"), "pl": ("16 września", "4 kwietnia"),
    "ru": ("16 сентября", "4 апреля"), "ar": ("16 سبتمبر", "4 أبريل"), "zh": ("9月16日", "4月4日"),
    "ja": ("9月16日", "4月4日"),
}  # fmt: skip
PLANS = {
    "en": "The town hopes to open the hall by the end of {y}.", "de": "Die Stadt will die Halle bis Ende {y} öffnen.",
    "fr": "La ville espère ouvrir la salle avant la fin de {y}.", "es": "La ciudad espera abrir la sala antes de {y}.",
    "pt": "A cidade espera abrir a sala até o fim de {y}.", "it": "La città spera di aprire la sala entro il {y}.",
    "nl": "De stad hoopt de zaal eind {y} te openen.", "pl": "Miasto chce otworzyć salę do końca {y} roku.",
    "ru": "Город надеется открыть зал до конца {y} года.", "ar": "وتأمل المدينة أن تفتح القاعة قبل نهاية عام {y}.",
    "zh": "市政府希望在{y}年底前开放大厅。", "ja": "市は{y}年に大広間を開く予定だ。",
}  # fmt: skip


@pytest.mark.parametrize("language", FAR)
def test_a_day_months_away_is_not_two_weeks_ago(language: str) -> None:
    assert list(contradictions(FAR[language], PUBLISHED)), language
    assert not list(contradictions(FAR[language], date(2025, 4, 4))), language


@pytest.mark.parametrize("language", YESTERDAY)
def test_yesterday_is_the_day_before(language: str) -> None:
    near, far = (YESTERDAY[language].format(d=day) for day in DAYS[language])
    assert not list(contradictions(near, PUBLISHED)), language
    assert list(contradictions(far, PUBLISHED)), language


@pytest.mark.parametrize("language", PLANS)
def test_a_plan_for_a_year_that_is_over_is_not_of_today(language: str) -> None:
    assert list(contradictions(PLANS[language].format(y=2023), PUBLISHED)), language
    assert not list(contradictions(PLANS[language].format(y=2026), PUBLISHED)), language


@pytest.mark.parametrize(
    ("text", "weekday"),
    [
        ("na sexta-feira, 16 de setembro", 4), ("w środę, 13 września", 2), ("в пятницу, 12 сентября", 4),
        ("am Dienstag, dem 16. September", 1), ("il martedì 16 settembre", 1), ("9月16日（火）に", 1),
        ("9月16日（星期二）", 1),
    ],
)  # fmt: skip
def test_weekdays_are_read_as_sentences_have_them(text: str, weekday: int) -> None:
    assert next(mentions(text)).weekday == weekday


@pytest.mark.parametrize(
    "text",
    [
        "Thirty years ago, on 12 January 1995, the hall had burned.",
        "April Winters told the board on 3 September that she would stay.",
        "The town had hoped to open the hall by the end of 2023.",
        "Die Stadt wollte die Halle bis Ende 2023 öffnen.",
        "市はかつて2023年に大広間を開く予定だった。",
    ],
)
def test_what_is_told_of_the_past_contradicts_nothing(text: str) -> None:
    assert not list(contradictions(text, PUBLISHED))
