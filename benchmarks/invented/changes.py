"""Changes to a page after which its findings must be the same: lines in front, no classes, other boxes, no or renamed
structured data, lists in another order, labels of another language, a dump."""

import re
from collections.abc import Callable
from typing import Final

from invented.story import InventedPage

_FRONT: Final = "Algosensey\n"
_MENU: Final = "Menu\nNews | Sport | Culture | Weather\n"


def _with(page: InventedPage, name: str, content: str) -> InventedPage:
    return page._replace(name=f"{page.name} / {name}", content=content)


def line_in_front(page: InventedPage) -> InventedPage | None:
    """A word of another site above a dump."""
    return _with(page, "line in front", _FRONT + page.content) if page.form == "text" else None


def menu_in_front(page: InventedPage) -> InventedPage | None:
    """A menu of two lines above a dump."""
    return _with(page, "menu in front", _MENU + page.content) if page.form == "text" else None


def blank_lines(page: InventedPage) -> InventedPage | None:
    """A dump with an empty line after each line."""
    return _with(page, "blank lines", page.content.replace("\n", "\n\n")) if page.form == "text" else None


def without_classes(page: InventedPage) -> InventedPage | None:
    """HTML without classes."""
    return (
        _with(page, "no classes", re.sub(r' class="[^"]*"', "", page.content))
        if page.form == "html"
        else None
    )


def wrapped(page: InventedPage) -> InventedPage | None:
    """HTML within two boxes and behind a menu."""
    if page.form != "html":
        return None
    menu = (
        '<header><nav><ul><li><a href="/n">News</a></li><li><a href="/s">Sport</a></li></ul></nav></header>'
    )
    inside = page.content.replace("<body>", f"<body>{menu}<div><div>").replace(
        "</body>", "</div></div></body>"
    )
    return _with(page, "wrapped", inside)


def dumped(page: InventedPage) -> InventedPage | None:
    """HTML as the lines that a scraper dumps of it."""
    if (
        page.form != "html"
        or "<table" in page.content
        or any(lie in page.lies for lie in ("name", "biography"))
    ):
        return None
    body = re.sub(r"<br>|</(?:p|div|h\d|li|section|title)>", "\n", page.content.split("</head>")[-1])
    text = re.sub(r"<[^>]*>", "", body)
    changed = _with(page, "dumped", text.replace("&amp;", "&").replace("&gt;", ">").replace("&lt;", "<"))
    return changed._replace(form="text", byline=None, section=None, published=None)


def without_machines(page: InventedPage) -> InventedPage | None:
    """HTML without structured data and meta tags; lies that are told to machines alone are gone with them."""
    told = any(lie.startswith("machine") for lie in page.lies)
    found = _MACHINES.sub("", page.content) if page.form == "html" and not told else page.content
    return _with(page, "no structured data", found) if found != page.content else None


def renamed_machines(page: InventedPage) -> InventedPage | None:
    """HTML whose structured data are of a type of their own, in a list."""
    if page.form != "html" or "ld+json" not in page.content:
        return None
    changed = re.sub(
        r"(<script type=\"application/ld\+json\">)(.*?)(</script>)",
        r"\1[\2]\3",
        page.content,
        flags=re.DOTALL,
    )
    return _with(page, "renamed structured data", changed.replace('"NewsArticle"', '"ReportageNewsArticle"'))


def lists_reversed(page: InventedPage) -> InventedPage | None:
    """A page whose lists of links stand in another order."""
    if page.form == "html":
        changed = re.sub(r"<ul>((?:<li>.*?</li>)+)</ul>", _reversed, page.content, flags=re.DOTALL)
        return _with(page, "lists reversed", changed) if changed != page.content else None
    return None


def labels_translated(page: InventedPage) -> InventedPage | None:
    """A page whose words around the article are English, as those of sites in several languages often are."""
    changed = page.content
    for names, english in _LABELS:
        for name in names:
            changed = re.sub(rf"(?m)(?<![^\W\d_]){re.escape(name)}(?=\s*(?:[:：<\n]|$))", english, changed)
    return _with(page, "labels translated", changed) if changed != page.content else None


def _reversed(found: re.Match[str]) -> str:
    return f"<ul>{''.join(reversed(re.findall(r'<li>.*?</li>', found[1], flags=re.DOTALL)))}</ul>"


_MACHINES: Final = re.compile(
    r"<script type=\"application/ld\+json\">.*?</script>|<meta (?!charset)[^>]*>", re.DOTALL
)
_LABELS: Final = (
    (("Lesen Sie auch", "À lire aussi", "Veja também", "Leggi anche", "Lees ook", "Lees meer", "Przeczytaj także",
      "Читайте также", "اقرأ أيضا", "あわせて読みたい", "関連記事", "延伸阅读", "相关报道"), "Read also"),
    (("Schlagwörter", "Mots-clés", "Assuntos", "Argomenti", "Trefwoorden", "Tagi", "Метки", "الوسوم", "标签", "タグ"),
     "Tags"),
    (("Autorin", "Auteur", "Autora", "Autrice", "Автор", "الكاتب", "作者", "著者"), "Author"),
    (("Startseite", "Accueil", "Portada", "Início", "Homepage", "Voorpagina", "Strona główna", "Главная", "الرئيسية",
      "首页", "ホーム"), "Home"),
    (("Meistgelesen", "Les plus lus", "Lo más visto", "Mais lidas", "I più letti", "Best gelezen",
      "Najczęściej czytane", "Самое читаемое", "الأكثر قراءة", "热门文章"), "Most read"),
)  # fmt: skip
"""What stands around articles in several languages, and in English."""

CHANGES: Final[tuple[Callable[[InventedPage], InventedPage | None], ...]] = (
    line_in_front, menu_in_front, blank_lines, without_classes, wrapped, without_machines, renamed_machines,
    lists_reversed, labels_translated, dumped,
)  # fmt: skip
