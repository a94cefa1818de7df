"""Topics in other languages: places by CLDR, people by their first names, organisations by acronyms."""

import pytest

from recirc.text.topics import Gazetteer, Topics
from recirc.text.topics.elsewhere import places
from recirc.text.topics.gazetteer import OwnNames

TOPICS = Topics(Gazetteer())


def names(language: str, headline: str, body: str = "", topics: Topics = TOPICS) -> list[str]:
    return [topic.name for topic in topics.find(headline, body, language)]


@pytest.mark.parametrize(
    ("language", "headline", "found"),
    [
        ("de", "Frankreichs Regierung tritt zurück", ["Frankreich"]),
        ("de", "US-Konzern verlässt die USA", ["Vereinigte Staaten"]),
        ("de", "Der Deutsche Bund", []),
        ("fr", "Grève générale en Belgique", ["Belgique"]),
        ("es", "Elecciones en EE.UU.", ["Estados Unidos"]),
        ("pt-BR", "Inflação cai nos EUA", ["Estados Unidos"]),
        ("pt-BR", "Grêmio vence na Copa do Brasil", []),
        ("it", "Il premier vola in Francia", ["Francia"]),
        ("nl", "Bosbranden in Griekenland", ["Griekenland"]),
        ("pl", "Rząd Francji podał się do dymisji", ["Francja"]),
        ("uk", "Вибори у Франції", ["Франція"]),
        ("tr", "Almanya'da seçim", ["Almanya"]),
        ("ar", "انتخابات في فرنسا وألمانيا", ["ألمانيا", "فرنسا"]),
        ("he", "בחירות בצרפת", ["צרפת"]),
        ("ja", "フランスで総選挙", ["フランス"]),
        ("zh-Hans", "法国举行大选", ["法国"]),
    ],
)
def test_a_place_in_the_headline_is_a_topic_under_its_name_in_the_language(
    language: str, headline: str, found: list[str]
) -> None:
    assert sorted(names(language, headline)) == found


def test_a_place_that_is_mentioned_once_or_where_it_was_written_is_none() -> None:
    body = "Wien – Der Rat beriet am Abend über das Bad. Auch in Norwegen gibt es solche Bäder. In Wien war es warm."
    assert names("de", "Bad bleibt offen", body) == []


def test_people_are_first_names_with_capitals_after_them() -> None:
    body = "Bundeskanzlerin Angela Merkel sprach mit Ursula von der Leyen. Merkel lobte sie. Merkels Rede war kurz."
    assert names("de", "Merkel warnt", body) == ["Angela Merkel"]
    assert names("de", "Ursula von der Leyen warnt den Rat") == ["Ursula von der Leyen"]
    assert names("de", "Thomas Tatzl den Werbeetat entzogen") == ["Thomas Tatzl"]
    assert names("de", "Der Neue Markt Am Fluss") == []
    assert names("pt", "Paulo e Rogério Ceni vencem") == ["Rogério Ceni"]
    assert names("pt", "Prefeito de São José dos Pinhais renuncia") == []


def test_a_genitive_is_no_name_of_its_own() -> None:
    body = "Kern sagte, Kern werde gehen. Das Team von Christian Kern schweigt."
    assert names("de", "Christian Kerns Rücktritt", body) == ["Christian Kern"]


def test_two_people_of_one_surname_do_not_share_its_mentions() -> None:
    body = "Luiza Souza trat auf. Souza sang, Souza lachte, Souza ging. Es kam auch Paulo Souza."
    assert names("de", "Souza im Konzert", body) == []


def test_an_acronym_needs_three_mentions_and_may_not_be_an_ordinary_one() -> None:
    assert names("pt", "STF decide", "O STF julgou. O STF e a TV. A TV mostrou. A TV saiu.") == ["STF"]
    assert names("pt", "STF decide", "O tribunal julgou.") == []
    assert names("pt", "Déficit de US$ 3", "US$ 4 e US$ 5, US$ 6 e US$ 7") == []


def test_companies_known_everywhere_are_found() -> None:
    assert names("pt", "Microsoft lança ferramenta") == ["Microsoft"]


def test_own_names_are_found_in_all_languages_and_hidden_ones_are_not() -> None:
    own = OwnNames({"place": {"Kattensiel": ("das Siel",)}}, frozenset({"Frankreich"}))
    topics = Topics(Gazetteer(own))
    assert names("de", "Sturm über dem Siel: das Siel hält", topics=topics) == ["Kattensiel"]
    assert names("de", "Frankreich wählt", topics=topics) == []
    assert names("ja", "Kattensiel で祭り", topics=topics) == ["Kattensiel"]


@pytest.mark.parametrize(
    "language", ["de", "fr", "es", "pt", "it", "nl", "pl", "uk", "tr", "ar", "he", "ja", "zh"]
)
def test_every_language_of_the_catalogues_names_all_states(language: str) -> None:
    assert len({name for kind, name in places(language).values() if kind == "place"}) > 250


def test_of_a_language_that_cldr_does_not_know_nothing_is_found() -> None:
    assert names("qq", "Paris Berlin") == []
