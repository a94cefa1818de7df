"""Character sets: what is declared wrongly, by an odd name, or not at all is read nevertheless."""

import pytest

from recirc.text.charset import codec_of, decoded

TEXTS = {
    "ru": (
        "Шторм разрушил часть старого мола в ночь на вторник. Совет г"
        "авани собрался утром и обсудил, сколько будет стоить ремонт."
        " Рыбаки говорят, что суда стоят без защиты, и просят закончи"
        "ть работы до весны."
    ),
    "uk": (
        "Шторм зруйнував частину старого молу в ніч на вівторок. Рада"
        " гавані зібралася вранці й обговорила, скільки коштуватиме р"
        "емонт. Рибалки кажуть, що їхні судна стоять без захисту."
    ),
    "bg": (
        "Буря разруши част от стария вълнолом през нощта срещу вторни"
        "к. Съветът на пристанището се събра сутринта и обсъди колко "
        "ще струва ремонтът."
    ),
    "zh": (
        "风暴冲毁了旧防波堤的一部分。港务委员会星期二早上开会讨论修理费用，渔民说他们的船没有保护，要求在春天以前完成工程。市长答"
        "应尽快拨款。"
    ),
    "zht": (
        "風暴沖毀了舊防波堤的一部分。港務委員會星期二早上開會討論修理費用，漁民說他們的船沒有保護，要求在春天以前完成工程。市長答"
        "應盡快撥款。"
    ),
    "ja": (
        "嵐で古い防波堤の一部が壊れた。港湾委員会は火曜日の朝に集まり、修理の費用について話し合った。漁師たちは船が守られていない"
        "と言い、春までに工事を終えるよう求めている。"
    ),
    "ko": (
        "폭풍으로 낡은 방파제의 일부가 무너졌다. 항만위원회는 화요일 아침에 모여 수리 비용을 논의했다. 어민들은 배"
        "가 보호받지 못한다며 봄까지 공사를 마쳐 달라고 요구했다."
    ),
    "el": (
        "Η καταιγίδα κατέστρεψε μέρος του παλιού μόλου τη νύχτα προς "
        "την Τρίτη. Το συμβούλιο του λιμανιού συνεδρίασε το πρωί και "
        "συζήτησε πόσο θα κοστίσει η επισκευή."
    ),
    "he": (
        "הסערה הרסה חלק מהמזח הישן בלילה שבין שני לשלישי. מועצת הנמל "
        "התכנסה בבוקר ודנה בעלות התיקון. הדייגים אומרים שהסירות שלהם "
        "עומדות בלי הגנה."
    ),
    "ar": (
        "دمرت العاصفة جزءا من الرصيف القديم ليلة الثلاثاء. اجتمع مجلس"
        " الميناء في الصباح وناقش تكلفة الإصلاح. يقول الصيادون إن قوا"
        "ربهم بلا حماية."
    ),
    "th": (
        "พายุทำลายเขื่อนกันคลื่นเก่าบางส่วนในคืนวันอังคาร คณะกรรมการท"
        "่าเรือประชุมกันตอนเช้าและหารือเรื่องค่าซ่อมแซม ชาวประมงบอกว่"
        "าเรือของพวกเขาไม่มีที่กำบัง"
    ),
    "tr": (
        "Fırtına eski mendireğin bir bölümünü salı gecesi yıktı. Lima"
        "n kurulu sabah toplandı ve onarımın kaça mal olacağını görüş"
        "tü. Balıkçılar teknelerinin korunmasız kaldığını söylüyor, i"
        "şin bahara kadar bitmesini istiyor."
    ),
    "pl": (
        "Sztorm zniszczył część starego mola w nocy na wtorek. Rada p"
        "ortu zebrała się rano i omówiła, ile będzie kosztować napraw"
        "a. Rybacy mówią, że ich łodzie stoją bez osłony, i proszą o "
        "zakończenie prac do wiosny."
    ),
    "cs": (
        "Bouře zničila v noci na úterý část starého mola. Přístavní r"
        "ada se ráno sešla a jednala o tom, kolik bude oprava stát. R"
        "ybáři říkají, že jejich lodě stojí bez ochrany, a žádají dok"
        "ončení prací do jara."
    ),
    "hu": (
        "A vihar keddre virradó éjjel lerombolta a régi móló egy rész"
        "ét. A kikötői tanács reggel összeült és megvitatta, mennyibe"
        " kerül a javítás. A halászok szerint hajóik védtelenül állna"
        "k."
    ),
    "de": (
        "Der Sturm zerstörte in der Nacht zum Dienstag einen Teil der"
        " alten Mole. Der Hafenrat trat am Morgen zusammen und beriet"
        ", was die Reparatur kosten würde. Die Fischer sagen, ihre Bo"
        "ote lägen ungeschützt – „bis zum Frühjahr“ müsse alles ferti"
        "g sein."
    ),
    "fr": (
        "La tempête a détruit une partie de l’ancienne jetée dans la "
        "nuit de mardi. Le conseil du port s’est réuni le matin pour "
        "discuter du coût de la réparation. Les pêcheurs disent que l"
        "eurs bateaux sont sans protection, « jusqu’au printemps »."
    ),
    "pt": (
        "A tempestade destruiu parte do antigo molhe na noite de terç"
        "a-feira. O conselho do porto reuniu-se de manhã e discutiu q"
        "uanto custará a reparação. Os pescadores dizem que as suas e"
        "mbarcações estão sem proteção."
    ),
    "es": (
        "La tormenta destruyó parte del viejo muelle en la noche del "
        "martes. El consejo del puerto se reunió por la mañana y disc"
        "utió cuánto costará la reparación. ¿Quién pagará? Los pescad"
        "ores dicen que sus barcos están sin protección."
    ),
    "sv": (
        "Stormen förstörde en del av den gamla piren natten till tisd"
        "agen. Hamnrådet möttes på morgonen och diskuterade vad repar"
        "ationen kommer att kosta. Fiskarna säger att deras båtar lig"
        "ger oskyddade."
    ),
}
"""A few sentences of news in each language, invented."""

ENCODINGS = {
    "ru": ("cp1251", "koi8_r", "cp866", "iso8859_5"),
    "uk": ("cp1251", "koi8_u"),
    "bg": ("cp1251",),
    "zh": ("gb18030",),
    "zht": ("big5",),
    "ja": ("cp932", "euc_jp", "iso2022_jp"),
    "ko": ("cp949",),
    "el": ("cp1253",),
    "he": ("cp1255",),
    "ar": ("cp1256",),
    "th": ("cp874",),
    "tr": ("cp1254",),
    "pl": ("cp1250", "iso8859_2"),
    "cs": ("cp1250", "iso8859_2"),
    "hu": ("cp1250",),
    "de": ("cp1252",),
    "fr": ("cp1252",),
    "pt": ("cp1252",),
    "es": ("cp1252",),
    "sv": ("cp1252",),
}
CASES = [(name, codec) for name, codecs in ENCODINGS.items() for codec in codecs]
RSS = "<rss version='2.0'><channel><title>{0}</title><item><title>{0}</title></item></channel></rss>"
PAGE = "<html><head><script>function some(ascii, code) {{}}</script></head><body><p>{0}</p><p>{0}</p></body></html>"


@pytest.mark.parametrize(("name", "codec"), CASES)
@pytest.mark.parametrize("header", [None, "iso-8859-1", "utf-8"])
@pytest.mark.parametrize("form", [RSS, PAGE])
def test_undeclared_and_wrongly_declared(form: str, header: str | None, name: str, codec: str) -> None:
    document = form.format(TEXTS[name])
    assert decoded(document.encode(codec, "replace"), header) == document.encode(codec, "replace").decode(
        codec
    )


@pytest.mark.parametrize(("name", "codec"), CASES)
def test_the_declaration_counts_before_the_header(name: str, codec: str) -> None:
    document = f"<?xml version='1.0' encoding='{codec}'?>" + RSS.format(TEXTS[name])
    content = document.encode(codec, "replace")
    assert decoded(content, "iso-8859-1") == decoded(content, "windows-1251") == content.decode(codec)


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        *(
            (label, "cp932")
            for label in ("x-sjis", "Windows-31J", "Shift-JIS", "MS_Kanji", "csShiftJIS", "sjis")
        ),
        *((label, "cp874") for label in ("tis-620", "dos-874", "windows-874", "ISO-8859-11")),
        *((label, "cp1255") for label in ("iso-8859-8-i", "logical", "windows-1255")),
        *((label, "cp1251") for label in ("windows-1251", "x-cp1251", "win-1251", "cp-1251", "WINDOWS1251")),
        *((label, "gb18030") for label in ("gb2312", "x-gbk", "GB_2312-80", "chinese", "gb18030")),
        *((label, "big5hkscs") for label in ("big5", "cn-big5", "x-x-big5", "Big5-HKSCS")),
        *((label, "cp949") for label in ("euc-kr", "ks_c_5601-1987", "windows-949", "korean")),
        *((label, "cp1252") for label in ("iso-8859-1", "latin1", "us-ascii", "ISO8859-1", "x-cp1252")),
        *((label, "koi8-u") for label in ("koi8-u", "koi8-ru")),
        *((label, None) for label in ("punycode", "hex", "utf-7", "no-such-thing", "", "x")),
        ("iso-2022-jp", "iso2022_jp"),
        ("x-euc-jp", "euc_jp"),
        ("x-mac-cyrillic", "mac-cyrillic"),
        ("utf8mb4", "utf-8"),
    ],
)
def test_labels(label: str, codec: str | None) -> None:
    assert codec_of(label) == codec


@pytest.mark.parametrize("name", ["ru", "ja", "zh", "ko", "ar", "th"])
def test_titles_alone(name: str) -> None:
    title = f"<title>{TEXTS[name][:13]}</title>"
    codec = ENCODINGS[name][0]
    assert decoded(title.encode(codec)) == title


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "gb18030", "euc_kr"])
def test_one_bad_byte_costs_one_character(codec: str) -> None:
    name = {"cp932": "ja", "gb18030": "zh", "euc_kr": "ko"}.get(codec, "ja")
    before, after = RSS.format(TEXTS[name]).encode(codec), RSS.format(TEXTS[name]).encode(codec)
    text = decoded(before + b"\xff<x/>" + after, codec)
    assert TEXTS[name] in text.partition("<x/>")[0]
    assert TEXTS[name] in text.partition("<x/>")[2]


def test_one_bad_byte_costs_one_character_of_a_short_text_too() -> None:
    content = "<title>Größe</title><title>Küste XX Meer</title>".encode().replace(b"XX", b"\xfc")
    assert decoded(content) == "<title>Größe</title><title>Küste \ufffd Meer</title>"


@pytest.mark.parametrize("marks", ["\ufeff", "\ufeff\ufeff", "\ufeff\u00ef\u00bb\u00bf", "\ufeff\x00\ufeff"])
def test_marks_are_left_out_however_many_there_are(marks: str) -> None:
    assert decoded((marks + "<rss/>").encode()) == "<rss/>"
