"""Which section a text belongs to, by its words: only as sure as is needed to say where it does not belong."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from recirc.text.slugs import slug

WORDS: Final[Mapping[str, str]] = {
    "business": "bank banks banking banker market markets share shares shareholder shareholders stock stocks bond "
    "bonds investor investors investment invest profit profits revenue revenues earnings loss losses "
    "quarterly dividend economy economic economist economists inflation interest rate rates fed loan "
    "loans debt credit mortgage mortgages price prices retail retailer sales firm firms company "
    "companies corporate merger acquisition bid takeover deal ceo chief executive finance financial "
    "funds fund hedge tax taxes tariff tariffs trade trader traders exports imports currency dollar "
    "dollars euro pound yen cent cents billion million mln dlrs pct budget wage wages jobs employment "
    "unemployment startup industry consumer consumers analyst analysts wall street crypto bitcoin "
    "insurance pension sanctions oil barrel opec supply demand cost costs savings money payments "
    "customers store stores brand",
    "world": "war military troops army soldier soldiers missile missiles weapon weapons artillery strike strikes "
    "airstrike drone drones attack attacks attacked shelling ceasefire rebels invasion besieged defense "
    "defence forces border borders ally allies nato ambassador diplomat diplomats diplomatic embassy "
    "foreign refugees kremlin pentagon commander general offensive front frontline bombing bomb bombs "
    "killed fighting conflict militants insurgents hostages sovereignty treaty bilateral security "
    "summit counterpart envoy peace occupation",
    "politics": "election elections vote votes voters ballot campaign candidate candidates party parties senate "
    "senator senators congress congressman lawmakers parliament mp mps minister ministers president "
    "presidential governor republican republicans democrat democrats conservative conservatives labour "
    "bill legislation law amendment veto cabinet policy coalition opposition impeachment poll polls "
    "primary administration mayor council referendum",
    "sport": "game games match matches team teams player players coach coaches season league cup championship "
    "champion champions goal goals score scored scoring win wins winning defeat beat beaten striker "
    "midfielder quarterback touchdown inning innings pitcher baseball basketball football soccer rugby "
    "cricket tennis golf olympic olympics medal tournament stadium fans club clubs referee playoff "
    "playoffs final semifinal wicket wickets race races sprint athlete athletes transfer squad captain "
    "halftime penalty",
    "entertainment": "film films movie movies actor actress actors singer song songs album albums band concert tour "
    "celebrity celebrities netflix series episode episodes drama comedy director oscar oscars grammy "
    "award awards premiere hollywood television tv show shows star stars starring red carpet musical "
    "theatre theater stage audience fans novel novels book books author artist artists exhibition "
    "gallery painting paintings museum festival soundtrack box office streaming reality",
    "science": "scientist scientists researchers research study studies university experiment laboratory species "
    "fossil fossils planet planets telescope nasa orbit spacecraft galaxy galaxies astronomers "
    "physicists physics particle genome dna gene genes cells biology evolution climate ocean oceans ice "
    "glacier glaciers carbon emissions temperature temperatures journal data theory molecules chemistry "
    "ecosystem habitat whale whales bird birds",
    "technology": "software app apps phone phones smartphone computer computers internet online google apple "
    "microsoft facebook amazon algorithm algorithms data privacy hackers hacker cyber cybersecurity "
    "startup chip chips semiconductor device devices users platform robot robots artificial "
    "intelligence console gaming gamers download browser encryption cloud server servers battery gadget",
    "health": "health hospital hospitals doctor doctors patients patient disease diseases virus vaccine vaccines "
    "vaccination infection infections cancer drug drugs treatment treatments clinical trial trials "
    "medicine medical symptoms diagnosis surgery nurses nurse diet exercise obesity diabetes mental "
    "therapy pandemic outbreak epidemic flu covid heart blood",
    "food": "recipe recipes cook cooking chef chefs restaurant restaurants kitchen dish dishes oven bake baking "
    "butter sugar flour salt garlic onion onions cheese wine tablespoon teaspoon flavour flavor "
    "ingredients sauce roast salad menu dessert cake bread tasty delicious",
    "travel": "hotel hotels travel traveller travellers traveler travelers tourist tourists tourism holiday "
    "holidays vacation flight flights airline airport beach beaches island resort resorts cruise "
    "itinerary destination destinations sightseeing visitors guide passport luggage",
    "fashion": "fashion dress dresses designer designers runway collection collections style makeup beauty skin "
    "skincare hair outfit outfits wardrobe shoes jewellery jewelry model models couture brand perfume "
    "lipstick",
}  # fmt: skip
"""Words of each section, in any form that texts have; a word of two sections counts for both."""

_NAMES: Final[Mapping[str, str]] = {
    "business": "business finance financial-news economy markets money market companies stocks investing "
    "personal-finance business-news banking wall-street",
    "world": "world-news war conflict military defence defense ukraine-war world-conflict",
    "politics": "politics election elections",
    "sport": "sport sports football soccer rugby cricket tennis golf baseball basketball nfl nba mlb formula-1",
    "entertainment": "entertainment culture arts film movies music tv television celebrity celebrities showbiz books "
    "theatre arts-entertainment",
    "science": "science environment climate space",
    "technology": "technology tech sci-tech gadgets gaming",
    "health": "health wellness medicine",
    "food": "food food-drink recipes",
    "travel": "travel tourism",
    "fashion": "fashion style beauty lifestyle-fashion",
}  # fmt: skip

_WORD: Final = re.compile(r"[a-z]+")
LEAST_WORDS: Final = 120  # of a text; below, a few words decide too much
READ: Final = 20_000  # characters
LEAST_RATE: Final = 0.035  # share of the other section's words in the text
MOST_CLAIMED: Final = 0.012  # share of the claimed section's words in the text
TIMES: Final = 5.0  # so many times as many words of the other section


class SectionLeaning(NamedTuple):
    """The section whose words stand in a text more often than those of any other, and the words."""

    section: str
    words: tuple[str, ...]  # the most frequent, with the first the most
    rate: float  # share of all words of the text
    claimed_rate: float


def leaning(headline: str, text: str, claimed: str) -> SectionLeaning | None:
    """Where a text belongs, if it certainly does not belong in the section it claims to be of; else None.

    None also where the claimed section is none of those that have words here (News, Local, Opinion, …), and where the
    text is short. Words count as often as they stand there.
    """
    own = section_of(claimed)
    words = Counter(_WORD.findall(f"{headline}\n{text[:READ]}".lower()))
    total = words.total()
    if own is None or total < LEAST_WORDS:
        return None
    found = {name: {word: words[word] for word in known if word in words} for name, known in _words().items()}
    rates = {name: sum(counts.values()) / total for name, counts in found.items()}
    top = max(rates, key=lambda name: rates[name])
    if top == own or rates[top] < LEAST_RATE or rates[own] > MOST_CLAIMED or rates[top] < TIMES * rates[own]:
        return None
    if len(found[top]) < 6:  # one word, however often, is the subject of many an article
        return None
    frequent = sorted(found[top], key=lambda word: (-found[top][word], word))
    return SectionLeaning(top, tuple(frequent[:6]), rates[top], rates[own])


def section_of(name: str) -> str | None:
    """The section that goes by a name on pages; None for those that may hold anything.

    >>> section_of("Finance"), section_of("Top Stories")
    ('business', None)
    """
    return _named().get(slug(name))


@cache
def _words() -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in WORDS.items()}


@cache
def _named() -> dict[str, str]:
    return {each: name for name, names in _NAMES.items() for each in names.split()}
