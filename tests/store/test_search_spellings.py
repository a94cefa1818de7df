"""A search finds a word however it is spelled, in its other forms, and in writing without spaces."""

import sqlite3

import msgspec
import pytest

from recirc.store import search_index
from recirc.store.search_index import corrections, hits, search
from recirc.store.traces import Scanner, new_base, texts_of, traces_of
from recirc.text.query import parse_query
from recirc.types import Article, Author

TEXTS = {
    "de": ("Der Straßenbahnausbau in Köln", "Neue Häuser am Fluss, die Fährpreise und der Chefredakteur."),
    "de2": ("Die Strassen in Muenchen", "Müller kritisiert den Poeten."),
    "da": ("Færger i København", "De sejler til Læsø og Århus."),
    "no": ("Fjorden ved Tromsø", "Båten kom fram."),
    "is": ("Þórshöfn", "Báturinn kom."),
    "fr": ("Grève à l’école de Besançon", "Les élèves n'ont pas de cœur à l'ouvrage."),
    "es": ("La canción del año en Málaga", "Las elecciones fueron tranquilas."),
    "pt": ("A eleição em São Paulo", "Os vereadores e os jornais discutiram."),
    "pl": ("Łódź żegna prezydenta", "Święta minęły."),
    "tr": ("Işık İstanbul'da söndü", "Kapılar açıldı."),
    "hu": ("Tűzoltók a hídon", "Nem sérült meg senki."),
    "ru": ("Ёлки в Москве", "Мэр открыл новые улицы."),
    "el": ("Απεργία στην Αθήνα", "Τα πλοία έμειναν δεμένα."),
    "ar": ("المدرسة الجديدة في القاهرة", "قال أَحْمَد إن العمـــل بدأ، والأمطار مستمرة في ١٢ حيا."),
    "he": ("שָׁלוֹם לירושלים", "העיתון פרסם את המכתב."),
    "hi": ("हिन्दी समाचार", "सरकार ने कहा।"),
    "vi": ("Hà Nội mưa lớn", "Đường phố ngập."),
    "zh": ("北京市政府宣布新规定", "渡轮停航三天。"),
    "ja": ("東京のデータセンター", "記者が渋谷で取材した。"),
    "ja2": ("ﾃﾞｰﾀを守る", "ＮＨＫの調べ。"),
    "ko": ("서울에서 열린 회의", "대통령은 말했다."),
    "th": ("รัฐบาลไทยประกาศวันหยุด", "ประชาชนเดินทาง"),
    "en": ("Ferries kept in port", "The council's bakers universally agree, said O’Brien of the U.S. team."),
}
LANGUAGES = tuple(dict.fromkeys(name[:2] for name in TEXTS))


def made(languages: tuple[str, ...] = LANGUAGES) -> sqlite3.Connection:
    found = sqlite3.connect(":memory:")
    found.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
    found.execute(
        "CREATE TABLE articles (idx INTEGER PRIMARY KEY, document BLOB, withdrawn INTEGER NOT NULL)"
    )
    assert search_index.index_next(found) is None
    for index, (name, (headline, body)) in enumerate(TEXTS.items()):
        if name[:2] in languages:
            article = Article(
                id=name,
                headline=headline,
                body=f"<p>{body}</p>",
                language=name[:2],
                authors=(Author(name="Jürgen Großmann"),) if name == "de" else (),
                topics=("Öffentlicher Nahverkehr",) if name == "de" else (),
            )
            put(found, index, article)
    return found


def put(connection: sqlite3.Connection, index: int, article: Article) -> None:
    connection.execute("INSERT INTO articles VALUES (?, ?, 0)", (index, msgspec.json.encode(article)))
    search_index.put(connection, index, search_index.words(article))


@pytest.fixture(scope="module")
def connection() -> sqlite3.Connection:
    return made()


def names(connection: sqlite3.Connection, query: str, *, compounds: bool = False) -> set[str]:
    asked = parse_query(query)._replace(languages=LANGUAGES, compounds=compounds)
    found = search(connection, asked, 0, 100)
    assert [hit.article for hit in hits(connection, asked, found)] == found
    return {list(TEXTS)[index] for index in found}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Straßenbahnausbau", {"de"}),
        ("Strassenbahnausbau", {"de"}),
        ("STRASSENBAHNAUSBAU", {"de"}),
        ("STRASSENBAHN*", {"de"}),
        ("Straßen", {"de2"}),
        ("Köln", {"de"}),
        ("Koeln", {"de"}),
        ("Koln", {"de"}),
        ("Haus", {"de"}),
        ("Häusern", {"de"}),
        ("Haeuser", {"de"}),
        ("Faehrpreise", {"de"}),
        ("Fahrpreis", {"de"}),
        ("Faehrpr*", {"de"}),
        ("München", {"de2"}),
        ("munchen", {"de2"}),
        ("Mueller", {"de2"}),
        ("Poet", {"de2"}),
        ('"neue haeuser am"', {"de"}),
        ("die -Muenchen", {"de"}),
        ("Jürgen", {"de"}),
        ("grossmann", {"de"}),
        ("Juergen Großmann", {"de"}),
        ("oeffentlicher nahverkehr", {"de"}),
        ("København", {"da"}),
        ("koebenhavn", {"da"}),
        ("kobenhavn", {"da"}),
        ("laeso", {"da"}),
        ("Aarhus", {"da"}),
        ("Tromsø", {"no"}),
        ("Tromsoe", {"no"}),
        ("baat", {"no"}),
        ("Thorshofn", {"is"}),
        ("école", {"fr"}),
        ("ecoles", {"fr"}),
        ("l'ecole", {"fr"}),
        ("eleve", {"fr"}),
        ("élève", {"fr"}),
        ("Besancon", {"fr"}),
        ("coeur", {"fr"}),
        ("canciones", {"es"}),
        ("cancion", {"es"}),
        ("malaga", {"es"}),
        ("elección", {"es"}),
        ("eleições", {"pt"}),
        ("eleicao", {"pt"}),
        ("sao paulo", {"pt"}),
        ("jornal", {"pt"}),
        ("Lodz", {"pl"}),
        ("prezydent", {"pl"}),
        ("swieta", {"pl"}),
        ("ışık", {"tr"}),
        ("IŞIK", {"tr"}),
        ("isik", {"tr"}),
        ("istanbul", {"tr"}),
        ("İSTANBUL", {"tr"}),
        ("kapı", {"tr"}),
        ("tuzolto", {"hu"}),
        ("елка", {"ru"}),
        ("Москва", {"ru"}),
        ("улица", {"ru"}),
        ("αθηνα", {"el"}),
        ("ΑΘΉΝΑ", {"el"}),
        ("مدرسة", {"ar"}),
        ("المدرسه", {"ar"}),
        ("القاهره", {"ar"}),
        ("احمد", {"ar"}),
        ("أحمد", {"ar"}),
        ("العمل", {"ar"}),
        ("امطار", {"ar"}),
        ("12", {"ar"}),
        ("שלום", {"he"}),
        ("ירושלים", {"he"}),
        ("מכתב", {"he"}),
        ("समाचार", {"hi"}),
        ("हिन्दी", {"hi"}),
        ("हिन", set()),
        ("ha noi", {"vi"}),
        ("duong", {"vi"}),
        ("北京", {"zh"}),
        ("政府", {"zh"}),
        ("北京市政府", {"zh"}),
        ("京北", set()),
        ("渡轮停航", {"zh"}),
        ("規", set()),
        ("规", {"zh"}),
        ("北*", {"zh"}),
        ("東京", {"ja"}),
        ("データ", {"ja", "ja2"}),
        ("ﾃﾞｰﾀ", {"ja", "ja2"}),
        ("データセンター", {"ja"}),
        ("渋谷 記者", {"ja"}),
        ("nhk", {"ja2"}),
        ("서울", {"ko"}),
        ("대통령", {"ko"}),
        ("ไทย", {"th"}),
        ("รัฐบาล", {"th"}),
        ("ferry", {"en"}),
        ("FERRIES", {"en"}),
        ('"ferry"', set()),
        ("council", {"en"}),
        ("council’s", {"en"}),
        ("baker", {"en"}),
        ("bak", set()),
        ("o'brien", {"en"}),
        ("U.S.", {"en"}),
    ],
)
def test_spellings_and_forms(connection: sqlite3.Connection, query: str, found: set[str]) -> None:
    assert names(connection, query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Straßenbahn", {"de"}),
        ("Strassenbahn", {"de"}),
        ("Ausbau", {"de"}),
        ("Redakteure", {"de"}),
        ("Preise", {"de"}),
        ("Bahn", set()),  # in the middle, and short
        ("Ausbau -Koeln", set()),
    ],
)
def test_parts_of_compound_words(connection: sqlite3.Connection, query: str, found: set[str]) -> None:
    assert names(connection, query, compounds=True) == found


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("haus", "Neue \x02Häuser\x03 am Fluss"),
        ("Fluß", "am \x02Fluss\x03, die"),
        ('"am fluss"', "Häuser \x02am Fluss\x03, die"),
        ("fährpr*", "die \x02Fährpreise\x03 und"),
        ("bakers", "council's \x02bakers\x03 universally"),
        ("停航", "渡轮\x02停航\x03三天"),
        ("渡轮停航三", "\x02渡轮停航三\x03天"),
        ("渋谷", "記者が\x02渋谷\x03で"),
        ("أحمد", "قال \x02أَحْمَد\x03 إن"),
        ("מכתב", "את \x02המכתב\x03."),
    ],
)
def test_what_is_marked(connection: sqlite3.Connection, query: str, marked: str) -> None:
    asked = parse_query(query)._replace(languages=LANGUAGES)
    (hit,) = hits(connection, asked, search(connection, asked, 0, 9))
    assert marked in hit.passage
    headline = parse_query("東京")
    assert hits(connection, headline, search(connection, headline, 0, 9))[0].headline == (
        "\x02東京\x03のデータセンター"
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Strasenbahnausbau", {"Strasenbahnausbau": "strassenbahnausbau"}),
        ("ferris kept", {}),
        ("counzil porrt", {"counzil": "council", "porrt": "port"}),
        ("Мосвке", {"Мосвке": "москве"}),
        ("Αθημα", {"Αθημα": "αθηνα"}),
        ("ירושלם", {"ירושלם": "ירושלימ"}),
        ("xyzzyx", {}),
        ('"kept portt"', {}),
        ("北晶", {}),
    ],
)
def test_a_word_that_no_article_has_is_put_right_by_a_letter(
    connection: sqlite3.Connection, query: str, found: dict[str, str]
) -> None:
    assert corrections(connection, parse_query(query)._replace(languages=LANGUAGES)) == found


def test_no_word_of_a_removed_article_is_proposed() -> None:
    connection = made(("en",))
    assert corrections(connection, parse_query("counzil")) == {"counzil": "council"}
    search_index.remove(connection, [list(TEXTS).index("en")])
    assert corrections(connection, parse_query("counzil")) == {}


def test_an_index_that_is_made_anew_is_the_same() -> None:
    connection = made()
    index = [connection.execute(f"SELECT rowid, * FROM {table}").fetchall() for table in TABLES]
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('words', '2 done')")
    while search_index.index_next(connection) is not None:
        pass
    assert index == [connection.execute(f"SELECT rowid, * FROM {table}").fetchall() for table in TABLES]


TABLES = ("words", "vocabulary")


def test_what_the_index_holds_of_a_text_is_known_by_its_traces() -> None:
    """So that `recirc check --erased` would find it there: it is not written there as it is in the article."""
    said = "Der Straßenbahnausbau in Köln wird, so der Bürgermeister, um zwölf Jahre verschoben."
    article = Article(id="a", headline="Ausbau", body=f"<p>{said}</p>", language="de")
    found = made(("de",))
    put(found, 1_000, article)
    (body,) = found.execute("SELECT body FROM words WHERE rowid = 1000").fetchone()
    assert "strassenbahnausbau in koln" in body
    traces = traces_of(texts_of(msgspec.json.encode(article)), new_base())
    assert Scanner(traces).find(body.encode())
    assert not Scanner(traces).find(b"of the same length as the other text, and of something else " * 3)
