"""Titles of lists that claim to belong to the article: known ones, and free words ("Stories linked to this one")."""

import re
from typing import Final

from recirc.text.vocabulary import is_one_of

MOST_WORDS: Final = 9  # of such a title

_CLAIMING: Final = re.compile(
    r"(?=.{4,60}$)(?:"
    r"(?=.*\b(?:this|the same|that) (?:\w+ )?(?:story|article|topic|subject|theme|issue|one|matter|event)s?\b)"
    r"(?=.*\b(?:more|also|linked|connected|related|relating|further|read|see|others?|about|on)\b)|"
    r"(?:read|see|learn|find out) (?:on|more|also|further) (?:on|about) (?:this|it)$|"
    r"(?=.*\b(?:diese[mnrs]?|gleiche[mnrs]?|selbe[nm]?|zum|zur) (?:\w+ )?"
    r"(?:thema|themenkreis|artikel|beitrag|geschichte|fall|text)\b)"
    r"(?=.*\b(?:mehr|auch|weiter\w*|ähnlich\w*|verwandt\w*|lesen|passend\w*)\b)|"
    r"(?=.*\b(?:ce|cet|cette|même|cet?te même) (?:sujet|thème|article|histoire|affaire|dossier)\b)"
    r"(?=.*\b(?:plus|aussi|lire|autres?|lien|rapport|sur)\b)|"
    r"(?=.*\b(?:est[ea]|mism[oa]|esa|ese) (?:mism[oa] )?"
    r"(?:tema|historia|noticia|asunto|artículo|caso)\b)"
    r"(?=.*\b(?:más|también|leer|relacionad\w+|sobre|otr[oa]s)\b)|"
    r"(?=.*\b(?:est[ea]|mesm[oa]|desse|dessa|neste|nesta) (?:mesm[oa] )?"
    r"(?:tema|história|notícia|assunto|artigo|caso)\b)"
    r"(?=.*\b(?:mais|também|leia|ler|relacionad\w+|sobre|outr[oa]s)\b)|"
    r"(?=.*\b(?:quest[oa]|stess[oa]) (?:tema|storia|notizia|argomento|articolo|caso|vicenda)\b)"
    r"(?=.*\b(?:altr\w+|più|anche|leggi|su|legat\w+|collegat\w+)\b)|"
    r"(?=.*\b(?:dit|deze|hetzelfde|dezelfde) (?:onderwerp|verhaal|artikel|nieuws|thema|zaak|kwestie)\b)"
    r"(?=.*\b(?:meer|ook|lees|over|bij|verwant\w*)\b)|"
    r"(?=.*\b(?:ten|tym|tego|tej|ten sam) (?:temat\w*|artykuł\w*|spraw\w+|histori\w+)\b)"
    r"(?=.*\b(?:więcej|także|też|również|czytaj|inne|związan\w+|na)\b)|"
    r"(?=.*\b(?:эт\w+|той же|ту же|том же) (?:тем\w|стать\w|истори\w|событи\w)\b)"
    r"(?=.*\b(?:ещё|еще|также|больше|другие|читайте|по|о|к)\b)|"
    r"(?=.*\b(?:about|on|into|around) the (?:subject|topic|story|matter)\b)(?=.*\b(?:more|also|read|learn|further|"
    r"deeper)\b)|"
    r"(?=.*\b(?:sur|autour d[ue]|à propos d[ue]) (?:le |la )?(?:sujet|thème|dossier)\b)(?=.*\b(?:plus|lire|savoir|"
    r"aussi)\b)|"
    r"(?=.*\b(?:sobre|acerca de|del|do) (?:el |o )?(?:tema|asunto|assunto|caso)\b)"
    r"(?=.*\b(?:más|mais|saber|saiba|leer|leia|lea|ler|veja|también|também)\b)|"
    r"(?=.*(?:\b(?:sul|sull['’]|sullo|su) ?(?:tema|argomento|caso)\b))(?=.*\b(?:più|leggi|altro|anche|"
    r"approfond\w+|sapern\w+)\b)|"
    r"(?=.*\b(?:over|rond) het (?:onderwerp|thema)\b)(?=.*\b(?:meer|lees|verder|weten)\b)|"
    r"(?=.*\b(?:на|по|о) (?:тему|теме)\b)(?=.*\b(?:ещё|еще|больше|читайте|подробнее|также)\b)|"
    r"(?=.*(?:اقرأ|المزيد|للمزيد|أيضا|مزيد)).*(?:حول|عن|في) (?:الموضوع|القضية|الخبر)|"
    r".*(?:هذا الموضوع|هذه القصة|هذا الخبر|نفس الموضوع|الموضوع نفسه|بهذا المقال|بالموضوع)|"
    r"(?=.{4,14}$).*(?:与本文|与此|与该|同一(?:主题|话题|事件)|本文相关|相关(?:的)?(?:报道|文章|阅读|稿件)|更多关于(?:此|这))|"
    r"(?=.{4,14}$).*(?:この(?:記事|話題|ニュース|テーマ|件)(?:に|と|の|を)|同じ(?:話題|テーマ)|関連(?:する|した|の|記事|ニュース))"
    r")",
    re.IGNORECASE,
)
"""Titles that claim relation in free words: "Stories linked to this one", "También sobre esta historia"."""


def is_relating(title: str) -> bool:
    """Whether the title of a list says that the list belongs to the article.

    >>> is_relating("Mehr zum Thema"), is_relating("More about this"), is_relating("Most read")
    (True, True, False)
    """
    if is_one_of(title, "relating") or (
        len(title.split()) <= MOST_WORDS and _CLAIMING.match(title.strip(" :："))
    ):
        return True
    return bool(
        re.fullmatch(
            r"(?:read )?more (?:on|about) (?:this|the) [\w ]{3,30}", title.strip(" :"), re.IGNORECASE
        )
    )
