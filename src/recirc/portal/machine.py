"""What machines read of a page: JSON-LD by schema.org, and share links."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from recirc.portal.links import article_path, author_path, section_path, section_title
from recirc.portal.look import iso
from recirc.text.slugs import slug
from recirc.types import Article


def news_article(article: Article, base: str, site: str, summary: str) -> dict[str, Any]:
    """schema.org NewsArticle. What is not known is left out."""
    page = base + article_path(article.id)
    about: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.headline,
        "mainEntityOfPage": page,
        "articleSection": section_title(article.section),
        "keywords": list(article.topics),
        "description": summary,
        "author": [
            {"@type": "Person", "name": author.name, "url": base + author_path(slug(author.name))}
            for author in article.authors
        ],
        "publisher": {"@type": "NewsMediaOrganization", "name": site, "url": base + "/"},
        "inLanguage": article.language,
        "datePublished": iso(article.published) if article.published else None,
        "dateModified": iso(article.updated) if article.updated else None,
        "isBasedOn": article.provenance.canonical_url,
    }
    return {name: value for name, value in about.items() if value not in (None, "", [])}


def breadcrumb(article: Article, base: str, site: str) -> dict[str, Any]:
    """schema.org BreadcrumbList: the site, the section, the article."""
    steps = (
        (site, "/"),
        (section_title(article.section), section_path(article.section)),
        (article.headline, article_path(article.id)),
    )
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": base + path}
            for place, (name, path) in enumerate(steps, 1)
        ],
    }


def shares(headline: str, address: str) -> Sequence[tuple[str, str, str]]:
    """Plain links that share a page: the event's name, the label, the address."""
    return (
        ("mail", "Mail", "mailto:?" + urlencode({"subject": headline, "body": address}).replace("+", "%20")),
        ("x", "X", "https://x.com/intent/post?" + urlencode({"text": headline, "url": address})),
        ("facebook", "Facebook", "https://www.facebook.com/sharer/sharer.php?" + urlencode({"u": address})),
        ("whatsapp", "WhatsApp", "https://wa.me/?" + urlencode({"text": f"{headline} {address}"})),
    )
