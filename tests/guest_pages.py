"""Pages of another site, each with shelves in another way. `guest_site` writes addresses and key into them."""

from typing import Final

HEAD: Final = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>'
SCRIPT: Final = '<script src="https://news.example/embed.js" async></script>'
SHELF: Final = '<recirc-shelf key="sk_example" slots="3"></recirc-shelf>'
STRICT: Final = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'self'; img-src "
    "https://news.example; script-src https://news.example; connect-src https://news.example; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'\">"
)
PICTURED: Final = "wp-118"
"""The article that has a picture."""


def page(body: str, head: str = SCRIPT, canonical: str = "ferry-strike") -> str:
    """A page whose canonical address is that of one of the site's articles."""
    return (
        f'{HEAD}<link rel="canonical" href="ORIGIN/{canonical}">{head}</head>'
        f"<body><main><h1>A page</h1>{body}</main></body></html>"
    )


TALL: Final = '<link rel="stylesheet" href="/tall.css">'
PAGES: Final = {
    "ferry-strike": page(SHELF),
    "scroll": page(f'<article><p>One.</p><div id="tall"></div>{SHELF}</article>', SCRIPT + TALL),
    "next": page('<p><a href="/ferry-strike">One</a></p>' + SHELF, canonical="new-ferry"),
    "module": page(SHELF, '<script type="module" src="https://news.example/embed.js"></script>'),
    "combined": page(
        SHELF.replace("key=", 'server="https://news.example" key='), '<script src="/all.js" defer></script>'
    ),
    "unnamed": page(SHELF, '<script src="/all.js" defer></script>'),
    "wrong-key": page(SHELF.replace("sk_example", "sk_mistyped")),
    "unknown-page": page(SHELF, canonical="nobody-knows-this"),
    "pictures": page(
        '<recirc-shelf key="sk_example" slots="3" kind="ranking" thumbnails></recirc-shelf>'
        '<recirc-shelf slots="3" layout="cards" thumbnails></recirc-shelf>'
        '<recirc-shelf slots="3" kind="recommendation" layout="strip" thumbnails></recirc-shelf>',
        STRICT + SCRIPT,
    ),
    "right-to-left": page(
        '<recirc-shelf key="sk_example" slots="3" kind="ranking" thumbnails></recirc-shelf>'
    ).replace('lang="en"', 'lang="ar" dir="rtl"'),
    "slots": page(
        '<recirc-shelf key="sk_example" slots="2" debug><b slot="heading">Our own heading</b>'
        '<a slot="footer" href="/archive">All of it</a></recirc-shelf>'
    ),
    "personal": page('<recirc-shelf key="sk_example" slots="3" personalised></recirc-shelf>'),
}
