"""Whose reporters speak in a text: "our reporter", "obtained by The Tide", "wie der Bote erfuhr"."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from recirc.extraction.biographies import is_role, name_at
from recirc.extraction.outlets import has_news_word, outlet_in
from recirc.provenance.interlocutors import interlocutors

LONGEST: Final = 60_000  # characters

_FIRST_PERSON: Final = re.compile(
    r"(?<![^\W\d_])(?:our (?:own )?(?:reporters?|correspondents?|office|newsroom|offices|staff|"
    r"photographer)|this (?:newspaper|magazine|reporter|website)|"
    r"unser(?:e|em|en|er|es)? (?:reporter(?:in)?|redaktion|korrespondent(?:in)?|zeitung|blatt)|dieser zeitung|"
    r"notre (?:journaliste|rédaction|journal|reporter|correspondante?)|nos (?:questions|colonnes|"
    r"journalistes)|"
    r"nuestr[ao] (?:redacción|periódico|reporter[ao]?|corresponsal|periodista|diario)|este (?:diario|"
    r"periódico|jornal)|"
    r"nossa (?:reportagem|redação|equipe)|nosso (?:jornal|repórter)|nossas perguntas|"
    r"nostr[ao] (?:cronista|redazione|giornale|inviat[ao])|nostre domande|"
    r"questo giornale|onze (?:verslagge(?:ver|efster)|redactie|krant)|deze krant|nasz(?:a|ej|"
    r"ego)? (?:reporter\w*|redakcj\w+|dziennikark?\w*|gazet\w+)|"
    r"наш(?:а|ей|ему|его)? (?:корреспондент\w*|редакци\w+|газет\w+|издани\w+|журналист\w*)|"
    r"notre (?:envoyée?(?: spéciale?)?|photographe|hebdomadaire|magazine|critique)|nos (?:confrères|lecteurs|"
    r"reporters)|"
    r"nuestro (?:fotógrafo|enviado|semanario|redactor)|nuestros lectores|esta (?:revista|redacción)|"
    r"nosso (?:fotógrafo|enviado|crítico)|leitores deste jornal|esta revista|"
    r"(?:il |la )?nostr[oaie] (?:settimanale|fotograf[oa]|lettori|critic[oa]|testata)|questa rivista|"
    r"onze (?:fotograaf|lezers|recensent|correspondent)|dit (?:blad|weekblad)|"
    r"nasz(?:a|ego|ej|emu)? (?:fotoreporter\w*|tygodnik\w*|krytyk\w*|czytelni\w+)|"
    r"наш(?:а|ей|ему|его)? (?:еженедельник\w*|критик\w*|фотограф\w*|читател\w+|обозревател\w+)|"
    r"our (?:\w+ )?(?:critics?|editors?|photographers?|correspondents?|columnists?)|our (?:readers|newspaper|"
    r"magazine)|this (?:journal|paper|news outlet)|"
    r"unser(?:e|em|en|er)? (?:fotograf(?:in)?|leser(?:innen)?|kritiker(?:in)?|magazin|wochenblatt|reporterteam)|"
    r"(?:في )?مراسلنا|مراسلتنا|صحيفتنا|مصورنا|مجلتنا|قراؤنا)(?![^\W\d_])|"
    r"本报|本報|本刊|本社記者|本紙|小紙|小誌|本誌|弊紙|弊誌",
    re.IGNORECASE,
)
_ACTS: Final = re.compile(
    r"(?<![^\W\d_])(?:(?:obtained|seen|reviewed|contacted|viewed|verified|commissioned|consulted|"
    r"approached|asked|interviewed|examined|inspected) by|shared with|readers of|subscribers of|leaked to|"
    r"(?:questions|inquiries|enquiries|requests for comment) from|(?:in an interview with|speaking "
    r"to|told|handed to|passed to)|"
    r"(?:liegt|liegen|lag|lagen) (?:dem|der|den)?|(?:nach|laut) (?:informationen|recherchen) (?:des|der|von)|"
    r"auf (?:an|nach)frage (?:des|der|von)|wie (?:der|die|das)|gegenüber (?:dem|der|den)?|im "
    r"gespräch mit(?: dem| der)?|"
    r"(?:fragen|anfragen) (?:des|der|von)|sagte (?:dem|der|den)|"
    r"(?:consultée?s?|contactée?s?|interrogée?s?|jointe?s?|sollicitée?s?|obtenue?s?|questionnée?s?) par|"
    r"(?:informations|lecteurs|questions|sollicitations) (?:du|de la|de|d')|(?:a |ont "
    r")?(?:confiée?s?|déclarée?s?|expliquée?s?|dit) (?:à|au)|"
    r"ha(?:n)? podido saber|(?:consultad[oa]s?|contactad[oa]s?|preguntad[oa]s?|obtenid[oa]s?|revisad[oa]s?) por|"
    r"(?:preguntas|consultas|lectores) (?:de|del)|(?:contó|dijo|explicó|confesó|declaró|aseguró|"
    r"relató) a|(?:tuvo|ha tenido) acceso|"
    r"(?:obtid[oa]s?|procurad[oa]s?|ouvid[oa]s?|consultad[oa]s?|apurad[oa]s?|questionad[oa]s?|"
    r"visto|vista) (?:pelo|pela|por)|"
    r"(?:perguntas|leitores|reportagem) (?:do|da|de)|(?:disse|contou|afirmou|declarou|explicou) (?:ao|à|a)|"
    r"(?:visionat[oaie]|interpellat[oaie]|consultat[oaie]|contattat[oaie]|sentit[oaie]|ottenut[oaie]|"
    r"intervistat[oaie]|"
    r"raggiunt[oaie]) (?:dal|dalla|dallo|da)|(?:domande|lettori) (?:di|del|della)|"
    r"(?:detto|raccontato|dichiarato|spiegato|confidato) (?:a|al|alla)|"
    r"in (?:handen|bezit) van|tegenover|(?:ingezien|opgevraagd|bekeken|geraadpleegd) door|(?:vragen|lezers) van|"
    r"(?:zei|zegt|vertelde|verklaarde) tegen|vertelde aan|jak (?:ustaliła?|dowiedział[ao]? się|"
    r"poinformował[ao]?)|w rozmowie z|"
    r"(?:pytania|czytelnicy|czytelników) (?:od )?|dotar(?:ł|ła|li)|powiedział[ao]?|"
    r"стало известно|как (?:выяснил|выяснила|узнал|узнала|сообщили|рассказали)|в распоряжении|"
    r"(?:вопросы|читатели|читателям)|"
    r"в (?:беседе|интервью|разговоре) с|(?:рассказал[аи]?|сообщил[аи]?|заявил[аи]?)|"
    r"وحصلت|حصلت|وعلمت|علمت|اطلعت عليه|واطلعت|اطلعت|أسئلة|ل)\s?(?-i:the |der |die |das |la |le |el "
    r"|газет[еыау]\w* |издани[юяе]\w* |redakcj[iaę] |gazet[yaęą] )?",
    re.IGNORECASE,
)
_TELLING: Final = re.compile(
    r"(?:leaked|in an interview|speaking|told|handed|passed|gegenüber|im gespräch|sagte|(?:a |ont "
    r")?(?:confi|déclar|expliqu)|"
    r"(?:a |ont )?dit|contó|dijo|explicó|confesó|declaró|aseguró|relató|disse|contou|afirmou|declarou|explicou|"
    r"detto|raccontato|dichiarato|spiegato|confidato|tegenover|zei|zegt|vertelde|verklaarde|w rozmowie|powiedział|"
    r"в (?:беседе|интервью|разговоре)|рассказал|сообщил|заявил|ل\s?$)",
    re.IGNORECASE,
)
"""What honest papers write of what somebody told another: a weak sign of an own voice."""
_GAINED: Final = re.compile(
    r"(?P<name>(?:(?<!\w)[A-ZÀ-ÞŁŚŻ][\w’'&.-]{0,40}|[«„“\"][^»”“\"\n]{2,40}[»”“\"])(?: (?:(?:de|del|della|di|"
    r"du|des|da|do|la|le|van|von|der|of|and|&) )?"
    r"[A-ZÀ-ÞŁŚŻ][\w’'&.-]{0,40}){0,4}),? (?:vorlieg(?:t|en)|vorlagen|einsehen (?:konnte|durfte)|erfuhr|erfahren hat|"
    r"a (?:pu|obtenu|consulté|eu accès|appris|vu)|s['’]est procuré|ha (?:tenido acceso|podido|"
    r"obtenido|sabido|consultado|visto)|"
    r"tuvo acceso|teve acesso|apurou|obteve|ha (?:potuto|ottenuto|visionato|appreso|consultato|"
    r"visto)|è (?:entrat[oa]|venut[oa]) in possesso|"
    r"heeft (?:ingezien|gezien|vernomen|verkregen)|(?:heeft|kreeg|had) (?:inzage|in handen)|kon inzien|"
    r"ustalił[ao]?|dowiedział[ao]? się|dotarł[ao]?|poznał[ao]?)\b"
)
_LEARNED: Final = re.compile(
    r"(?<!\w)(?P<name>(?:The )?[A-Z][\w&’'-]{0,40}(?: (?:(?:of|and|"
    r"&) )?[A-Z][\w&’'-]{0,40}){0,5}) (?:has learn(?:ed|t)|asked|understands|has seen|has obtained|"
    r"sought)\b"
)
_QUOTED: Final = re.compile(r"^[«„“\"]([^»”“\"]{2,40})[»”“\"]")
_TELLS: Final = re.compile(
    r"(?<![^\W\d_])(?:рассказал[аи]?|сообщил[аи]?|заявил[аи]?|powiedział[ao]?|"
    r"mówi)(?: \S+){0,2} [«„](?P<cyrillic>[^»”]{2,40})[»”]|"
    r"(?:об этом|этом) «(?P<about>[^»]{2,40})» (?:рассказал|сообщил)|ل[ـ]?(?P<arabic>(?:صحيفة|جريدة|"
    r"وكالة|قناة) [^\s،.]{2,20})"
)
_CJK: Final = (
    re.compile(
        r"(?P<name>[\u3400-\u9fff]{2,8}(?:日报|晚报|时报|早报|周刊|新闻|新聞|日報|通讯社))(?:记者|独家|获得|获悉|了解到)"
    ),
    re.compile(
        r"(?:告诉|对|向|接受)(?P<name>[\u3400-\u9fff]{2,8}?(?:日报|晚报|时报|早报|周刊|新闻网|通讯社))"
    ),
    re.compile(
        r"(?P<name>[\u30a0-\u30ff\u3400-\u9fff]{1,10}(?:新聞|タイムズ|通信|日報|放送|テレビ|ニュース|ジャーナル))"
        r"(?:が入手|の(?:電話|単独|書面)?取材|記者|が確認)"
    ),
)


class Voice(NamedTuple):
    """A place where a text speaks as an outlet's own.

    Attributes:
        outlet: None where it only says "our".
        weight: how probable that alone makes it that the text was written for the outlet, 0 to 1.
    """

    outlet: str | None
    quote: str
    weight: float


def voices_in(text: str) -> list[Voice]:
    """The places where a text speaks as an outlet's own.

    >>> [(each.outlet, each.quote) for each in voices_in("Documents obtained by The Plumb Line support it.")]
    [('The Plumb Line', 'obtained by The Plumb Line')]
    >>> [each.quote for each in voices_in("Das Schreiben liegt dem Nordmärker Bote vor, wie unser Reporter erfuhr.")]
    ['unser Reporter', 'liegt dem Nordmärker Bote']
    >>> voices_in("The papers were obtained by the police.")
    []
    """
    text = text[:LONGEST]
    found = [
        Voice(None, match[0], 0.4)
        for match in _FIRST_PERSON.finditer(text)
        if not _is_quoted(text, match.start())
    ]
    for match in _ACTS.finditer(text):
        name = _outlet_after(text, match.end())
        if name is not None and not _is_quoted(text, match.start()):
            weight = 0.2 if _TELLING.match(match[0]) else 0.5
            found.append(Voice(name, " ".join(f"{match[0]}{name}".split()), weight))
    for match in _LEARNED.finditer(text):
        name = outlet_in(match["name"]) or (match["name"] if has_news_word(match["name"]) else None)
        if name is not None and not _is_quoted(text, match.start()):
            found.append(Voice(name, match[0], 0.5))
    found += _gained(text)
    for form in (_TELLS, *_CJK):
        for match in form.finditer(text):
            name = next((value for value in match.groupdict().values() if value), None)
            if name is not None and (
                form is not _TELLS or match.lastgroup == "arabic" or has_news_word(name)
            ):
                found.append(Voice(name, match[0], 0.4))
    return [*found, *_spoken_to(text, found)]


def _spoken_to(text: str, found: Sequence[Voice]) -> Iterator[Voice]:
    """Outlets that people speak to, where no other form has found them there."""
    places = [text.find(voice.quote.split(" ")[0]) for voice in found if voice.outlet]
    quotes = {voice.quote for voice in found if voice.outlet}
    for mention in interlocutors(text):
        near = text[max(0, mention.start - 60) : mention.start + 60]
        if not any(abs(mention.start - place) < 60 for place in places) and not any(
            quote in near for quote in quotes
        ):
            weight = 0.15 if not mention.sure else 0.5 if mention.access else 0.25
            yield Voice(mention.outlet, mention.quote, weight)


def _gained(text: str) -> Iterator[Voice]:
    """Outlets before a verb of gaining knowledge: "un informe al que El Yunque ha tenido acceso"."""
    for match in _GAINED.finditer(text):
        name = match["name"].strip('«»„“”"')
        before = text[: match.start()].rstrip()
        if is_role(name) and " " not in name:
            continue  # "unser Reporter erfuhr"
        starts = not before or before[-1:] in ".!?\n"
        titled = re.match(r"(?:The|La|Le|El|Los|Il|De|Het|Der|Die|Das|O|A)\s[A-ZÀ-Þ]", name) and not starts
        if (has_news_word(name) or titled or name != match["name"]) and not _is_quoted(text, match.start()):
            yield Voice(name, match[0], 0.5)


def _outlet_after(text: str, place: int) -> str | None:
    """The outlet named at a place: in quotes, with an article of its own, or with a word that newspapers have."""
    rest = text[place : place + 80]
    quoted = _QUOTED.match(rest)
    if quoted is not None:
        return quoted[1]
    tokens = rest.split("\n")[0].split()
    name = name_at(tokens, 0)
    if not name:
        return None
    known = outlet_in(name)
    own_article = (
        re.match(r"L['’][A-ZÀ-Þ]|(?:The|La|Le|El|Los|Il|De|Het|Der|Die|O|A)\s", name)
        and len(name.split()) <= 4
    )
    return known or (name if has_news_word(name) or own_article else None)


def _is_quoted(text: str, place: int) -> bool:
    before = text[text.rfind("\n", 0, place) + 1 : place]
    return (
        before.count('"') % 2 == 1
        or before.count("“") > before.count("”")
        or before.count("«") > before.count("»")
    )
