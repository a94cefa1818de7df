"""Pictures on pages: which files of a picture a page names, and in what form."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from html import escape
from math import inf
from threading import Lock
from typing import Final, NamedTuple

from markupsafe import Markup

from recirc.media.variants import RATIOS, SHARED_WIDTH, file_name
from recirc.text.figures import figures_of, replace_figures
from recirc.text.pictures import file_of
from recirc.types import Article, Author, Picture, PictureFacts

PACKAGE_AMONG: Final = 5
"""How many of a section's newest articles may open its page."""

CAPACITY: Final = 20_000
"""Pictures that a worker remembers, the least recently shown are dropped."""

KEPT_SECONDS: Final = 60.0
"""How long it is believed what is known of a picture; it may be withdrawn, or fetched again with another content. That
it has no files is also believed for so long: it failed, or nobody fetches it."""

AWAITED_SECONDS: Final = 2.0
"""How long a picture that is about to be fetched is believed to be missing."""

PATH: Final = "/media/"

TEXT_SIZES: Final = "(min-width: 42rem) 38rem, 100vw"
GALLERY_SIZES: Final = "(min-width: 42rem) 19rem, 50vw"

Lookup = Callable[[Sequence[str]], Mapping[str, PictureFacts]]
Awaited = Callable[[Sequence[str]], Collection[str]]


class ShownPicture(NamedTuple):
    """A picture that pages can show: what its sender says of it, and what its files are."""

    picture: Picture
    facts: PictureFacts

    @property
    def credit(self) -> str:
        """Whose it is, as its sender or else the file says; empty: nobody says."""
        return self.picture.credit or self.facts.credit

    def path(self, size: int | str, form: str) -> str:
        """The path of a file."""
        return PATH + file_name(self.facts.key, size, form)

    def crops(self) -> list[str]:
        """The paths of the JPEG crops, in the order of `RATIOS`."""
        return [self.path(name, "jpg") for name in RATIOS]

    def crop_size(self, name: str) -> tuple[int, int]:
        """Width and height of a crop in pixels, as `variants` makes it."""
        wide, high = RATIOS[name]
        width = max(min(SHARED_WIDTH, self.facts.width, self.facts.height * wide // high), 1)
        return width, max(width * high // wide, 1)

    def element(self, sizes: str, *, alt: str | None = None, eager: bool = False) -> Markup:
        """A `picture` element.

        Args:
            sizes: how wide it is shown, as the attribute `sizes`.
            alt: text instead of the picture; None: the sender's, or else its caption.
            eager: it is the first thing that a reader sees, and is fetched at once.
        """
        facts = self.facts
        text = (self.picture.alt or self.picture.caption or "") if alt is None else alt
        sources = {
            form: ", ".join(f"{self.path(width, form)} {width}w" for width in facts.widths)
            for form in ("avif", "webp")
        }
        fallback = self.path(min(facts.widths, key=lambda width: abs(width - 640)), "webp")
        loading = 'fetchpriority="high"' if eager else 'loading="lazy" decoding="async"'
        return Markup(
            f'<picture><source type="image/avif" srcset="{sources["avif"]}" sizes="{escape(sizes)}">'
            f'<img src="{fallback}" srcset="{sources["webp"]}" sizes="{escape(sizes)}" width="{facts.width}"'
            f' height="{facts.height}" alt="{escape(text)}"{_focus_class(self.picture.focus)} {loading}></picture>'
        )

    def thumbnail(self) -> Markup:
        """A small `img` without a text: what it belongs to is named beside it."""
        width = min(self.facts.widths, key=lambda width: abs(width - 320))
        return Markup(
            f'<img src="{self.path(width, "webp")}" width="{self.facts.width}" height="{self.facts.height}"'
            f' alt=""{_focus_class(self.picture.focus)} loading="lazy" decoding="async">'
        )

    def figure(self, sizes: str, *, eager: bool = False) -> Markup:
        """The picture as a figure with its caption and credit; `sizes` and `eager` as for `element`."""
        return _figure(self.element(sizes, eager=eager), self.picture.caption, self.credit)


class LinkedPicture(NamedTuple):
    """A picture that has no files here, and is shown from its own address (`media.hotlink`), which is one of HTTPS.

    Its size is not known: it stands in a frame of three to two, so that nothing moves when it comes.
    """

    picture: Picture

    def element(self, _sizes: str, *, alt: str | None = None, eager: bool = False) -> Markup:
        """An `img` element; as for a `ShownPicture`, but there are no sizes to choose from."""
        text = (self.picture.alt or self.picture.caption or "") if alt is None else alt
        loading = 'fetchpriority="high"' if eager else 'loading="lazy" decoding="async"'
        return Markup(
            f'<img class="linked" src="{escape(self.picture.address)}" width="3" height="2" alt="{escape(text)}"'
            f' referrerpolicy="no-referrer" {loading}>'
        )

    def thumbnail(self) -> Markup:
        """The same without a text."""
        return self.element("", alt="")

    def figure(self, _sizes: str, *, eager: bool = False) -> Markup:
        """The picture as a figure with its caption and credit."""
        return _figure(self.element("", eager=eager), self.picture.caption, self.picture.credit)


AnyPicture = ShownPicture | LinkedPicture


class PictureGallery:
    """Finds the pictures of articles that can be shown. `find` looks up facts by address. Thread-safe."""

    def __init__(
        self,
        find: Lookup,
        clock: Callable[[], float] = time.monotonic,
        *,
        hotlink: bool = False,
        awaited: Awaited = lambda _: (),
    ) -> None:
        """Take what there is to look up.

        Args:
            find: looks up facts.
            clock: the time in seconds.
            hotlink: pictures without files are shown from their own addresses.
            awaited: those of some pictures without files that are about to be fetched.
        """
        self._find, self._awaited = find, awaited
        self._hotlink = hotlink
        self._clock = clock
        self._known: OrderedDict[str, tuple[PictureFacts | None, float]] = OrderedDict()
        self._lock = Lock()

    @property
    def functions(self) -> dict[str, Callable[..., object]]:
        """What templates call, by name."""
        return {
            "picture_of": self.lead,
            "kept_picture_of": self.kept_lead,
            "portrait_of": self.portrait,
            "body_of": self.body,
            "pictures_below": self.below,
            "package_of": self.package,
        }

    def lead(self, article: Article) -> AnyPicture | None:
        """The first picture of an article that can be shown; None: there is none. Raises StoreError."""
        return next(iter(self.shown(article)), None) if article.pictures else None

    def kept_lead(self, article: Article) -> ShownPicture | None:
        """The first one that has files, of which machines are told; None: there is none. Raises StoreError."""
        return next(iter(self.kept(article)), None)

    def kept(self, article: Article) -> list[ShownPicture]:
        """The pictures of an article that have files, in its order. Raises StoreError."""
        return [each for each in self.shown(article) if isinstance(each, ShownPicture)]

    def package(self, articles: Sequence[Article]) -> list[Article]:
        """The articles that open a section's page, all with pictures: the newest such one and, if there are two more
        among the next, these below it. Raises StoreError.
        """
        pictured = [article for article in articles[:PACKAGE_AMONG] if self.lead(article) is not None]
        return pictured[: 3 if len(pictured) > 2 else 1]

    def portrait(self, author: Author) -> ShownPicture | None:
        """The portrait of an author; None: there is none. Raises StoreError."""
        if author.picture is None:
            return None
        facts = self._facts([author.picture])[author.picture]
        return None if facts is None else ShownPicture(Picture(address=author.picture), facts)

    def shown(self, article: Article) -> list[AnyPicture]:
        """The pictures of an article that can be shown, in its order. Raises StoreError."""
        if not article.pictures:
            return []
        facts = self._facts([picture.address for picture in article.pictures])
        shown: list[AnyPicture] = []
        for picture in article.pictures:
            if (known := facts.get(picture.address)) is not None:
                shown.append(ShownPicture(picture, known))
            elif self._hotlink and picture.address.startswith("https://"):
                shown.append(LinkedPicture(picture))
        return shown

    def body(self, article: Article) -> Markup:
        """The body of an article with those pictures at their place that have files; the leading one stands above it.

        One figure after another is a gallery. Raises StoreError.
        """
        shown = {file_of(each.picture.address): each for each in self.shown(article)[1:]}

        def run(figures: list[tuple[str, str | None]]) -> str:
            found = [shown[file] for address, _ in figures if (file := file_of(address)) in shown]
            sizes = TEXT_SIZES if len(found) < 2 else GALLERY_SIZES
            markup = "".join(each.figure(sizes) for each in found)
            return f'<div class="gallery">{markup}</div>' if len(found) > 1 else markup

        return Markup(replace_figures(article.body, run))

    def below(self, article: Article) -> list[AnyPicture]:
        """The pictures of an article that neither lead it nor stand in its body. Raises StoreError."""
        if len(article.pictures) < 2:
            return []
        within = {file_of(given.get("src", "")) for given, _ in figures_of(article.body)}
        return [each for each in self.shown(article)[1:] if file_of(each.picture.address) not in within]

    def known_seconds(self, articles: Collection[Article]) -> float:
        """For how long what is known of the pictures of articles and of their authors is used. Raises StoreError."""
        named = [
            *(picture.address for article in articles for picture in article.pictures),
            *(author.picture for article in articles for author in article.authors if author.picture),
        ]
        if not named:
            return inf
        self._facts(named)
        with self._lock:
            return min(self._known[each][1] for each in named if each in self._known) - self._clock()

    def _facts(self, addresses: Sequence[str]) -> dict[str, PictureFacts | None]:
        now = self._clock()
        with self._lock:
            known = {address: self._known[address] for address in addresses if address in self._known}
        found = {address: facts for address, (facts, until) in known.items() if now < until}
        missing = [address for address in addresses if address not in found]
        if missing:
            read = self._find(missing)
            without = [address for address in missing if address not in read]
            awaited = self._awaited(without) if without else ()
            with self._lock:
                for address in missing:
                    facts = read.get(address)
                    until = now + (AWAITED_SECONDS if address in awaited else KEPT_SECONDS)
                    self._known[address], found[address] = (facts, until), facts
                    self._known.move_to_end(address)
                while len(self._known) > CAPACITY:
                    self._known.popitem(last=False)
        return found


def _figure(element: Markup, caption: str | None, credit: str | None) -> Markup:
    whose = f' <span class="credit">{escape(credit)}</span>' if credit else ""
    told = f"<figcaption>{escape(caption or '')}{whose}</figcaption>" if caption or credit else ""
    return Markup(f'<figure class="picture">{element}{told}</figure>')


def _focus_class(focus: tuple[float, float] | None) -> str:
    """The class of the ninth of a picture that crops keep in sight: `f-LEFT-TOP`, each 0 to 2."""
    if focus is None:
        return ""
    across, down = (min(int(share * 3), 2) for share in focus)
    return "" if (across, down) == (1, 1) else f' class="f{across}{down}"'
