"""JSON-LD by schema.org, and share links."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from recirc.provenance.attribution import Attribution
from recirc.text.slugs import slug
from recirc.types import Article, Author
from recirc.web.dates import iso
from recirc.web.links import author_path, page_path


def news_article(
    article: Article,
    base: str,
    site: str,
    logo: str,
    summary: str,
    first: Attribution | None,
    section: str,
    pictures: Sequence[str] = (),
) -> dict[str, Any]:
    """schema.org NewsArticle; unknown values are left out.

    `site` is the newspaper's name, `section` that of the article's section, `logo` the path of the picture, `first` who
    published the article first, if that was not its outlet; `pictures` are the paths of its picture in several ratios.
    """
    page = base + page_path(article)
    about: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.headline,
        "mainEntityOfPage": page,
        "articleSection": section,
        "keywords": list(article.topics),
        "description": summary,
        "image": [base + path for path in pictures],
        "author": [
            {"@type": "Person", "name": author.name, "url": base + author_path(slug(author.name))}
            for author in article.authors
        ],
        "publisher": {
            "@type": "NewsMediaOrganization",
            "name": site,
            "url": base + "/",
            "logo": {"@type": "ImageObject", "url": base + logo},
        },
        "inLanguage": article.language,
        "datePublished": iso(article.published) if article.published else None,
        "dateModified": iso(changed) if (changed := article.updated or article.published) else None,
        "isBasedOn": _original(article, base, first),
    }
    return {name: value for name, value in about.items() if value not in (None, "", [])}


def _original(article: Article, base: str, first: Attribution | None) -> str | None:
    if first is None:
        return article.provenance.canonical_url
    return base + page_path(first.original) if first.original else first.url


def breadcrumb(crumbs: Iterable[tuple[str, str]], base: str) -> dict[str, Any]:
    """schema.org BreadcrumbList of names and paths, starting with the front page."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": base + path}
            for place, (name, path) in enumerate(crumbs, 1)
        ],
    }


def profile(author: Author, page: str) -> dict[str, Any]:
    """schema.org ProfilePage of a Person; `page` is its address. Unknown values are left out."""
    about = {
        "@type": "Person",
        "name": author.name,
        "url": page,
        "description": author.biography,
        "jobTitle": author.role,
        "worksFor": {"@type": "Organization", "name": author.outlet} if author.outlet else None,
    }
    person = {name: value for name, value in about.items() if value}
    return {"@context": "https://schema.org", "@type": "ProfilePage", "url": page, "mainEntity": person}


@lru_cache(maxsize=4096)
def shares(mail: str, headline: str, address: str) -> Sequence[tuple[str, str, str]]:
    """Links that share a page: name in events, label, address. `mail` is the word for the first."""
    return (
        ("mail", mail, "mailto:?" + urlencode({"subject": headline, "body": address}).replace("+", "%20")),
        ("x", "X", "https://x.com/intent/post?" + urlencode({"text": headline, "url": address})),
        ("facebook", "Facebook", "https://www.facebook.com/sharer/sharer.php?" + urlencode({"u": address})),
        ("whatsapp", "WhatsApp", "https://wa.me/?" + urlencode({"text": f"{headline} {address}"})),
    )
