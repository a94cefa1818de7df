"""Pictures on the portal's pages, in its feeds, and what machines are told of them."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drawn_pictures import drawn
from portal_house import House
from recirc.settings import MediaSettings, Settings
from recirc.store.commands import KeepPicture
from recirc.store.sqlite import SqliteStore
from recirc.types import Article, Picture
from recirc.web.lookups import published_article
from recirc.web.pictures import AWAITED_SECONDS, KEPT_SECONDS, PictureGallery
from recirc.web.renderer import TemplateRenderer
from s3_server import BUCKET, s3_server

BODY = "<p>The ferry lay at the quay until noon, and nobody came to see it off.</p>"
Build = Callable[..., House]


@pytest.fixture
def house(build: Build) -> House:
    return build()


def upload(house: House, content: bytes, media_type: str = "image/jpeg") -> Any:
    headers = {"Authorization": f"Bearer {house.key}", "Content-Type": media_type}
    return house.client.post("/v1/media", content=content, headers=headers)


def publish(house: House, name: str, *pictures: Picture, **fields: Any) -> None:
    article = Article(id=name, headline=f"Ferry {name} waits", body=BODY, pictures=pictures, **fields)
    house.engine.publish([article]).result()
    house.engine.catch_up()


def test_an_uploaded_picture_leads_its_article_with_alt_caption_and_credit(house: House) -> None:
    answer = upload(house, drawn(2000, 1200))
    assert answer.status_code == 201
    uploaded = answer.json()
    assert (uploaded["width"], uploaded["height"]) == (1600, 960)
    picture = Picture(
        address=uploaded["address"],
        alt='The "ferry" <at> the quay',
        caption="She waits & waits",
        credit="Ida Roe",
    )
    publish(house, "a", picture, section="harbour")
    page = house.client.get("/article/a").text
    figure = page[page.index("<figure") : page.index("</figure>")]
    assert 'alt="The &quot;ferry&quot; &lt;at&gt; the quay"' in figure
    assert "She waits &amp; waits" in figure
    assert "Ida Roe" in figure
    assert 'width="1600" height="960"' in figure
    assert 'fetchpriority="high"' in figure
    named = set(re.findall(r"/media/[^ \",]+", page))
    assert {each.split("?")[0] for each in named} <= set(uploaded["files"])
    for path in uploaded["files"]:
        file = house.client.get(path)
        assert file.status_code == 200
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        again = house.client.get(path, headers={"If-None-Match": file.headers["etag"]})
        assert again.status_code == 304
    types = {house.client.get(path).headers["content-type"] for path in uploaded["files"]}
    assert types == {"image/webp", "image/avif", "image/jpeg"}


def test_machines_are_told_of_the_picture(house: House) -> None:
    key = upload(house, drawn(2000, 1200)).json()["address"].removeprefix("media:")
    publish(
        house, "a", Picture(address=f"media:{key}", alt="A ferry", caption="She waits"), section="harbour"
    )
    page = house.client.get("/article/a").text
    base = "https://tide.example"
    assert f'<meta property="og:image" content="{base}/media/{key}-wide.jpg">' in page
    assert '<meta name="twitter:card" content="summary_large_image">' in page
    data = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)[0])
    assert data["image"] == [f"{base}/media/{key}-{ratio}.jpg" for ratio in ("wide", "standard", "square")]
    assert f'url="{base}/media/{key}-wide.jpg"' in house.client.get("/feed.xml").text
    assert f'href="{base}/media/{key}-wide.jpg"' in house.client.get("/feed.atom").text
    assert house.client.get("/feed.json").json()["items"][0]["image"] == f"{base}/media/{key}-wide.jpg"
    (shown,) = re.findall(
        r'<article class="teaser with-[a-z]+-picture">.*?</article>', house.client.get("/").text, re.S
    )[:1]
    assert 'alt=""' in shown  # beside its headline it says nothing more
    assert f"/media/{key}-" in house.client.get("/section/harbour").text


def test_the_sitemap_names_the_leading_picture(house: House) -> None:
    address = upload(house, drawn(1200, 800)).json()["address"]
    publish(house, "a", Picture(address=address, alt="The quay"), published=house.now)
    publish(house, "b", published=house.now)
    part = re.findall(
        r"<loc>https://tide.example(/sitemaps/\d[^<]+)</loc>", house.client.get("/sitemap.xml").text
    )[0]
    entries = re.findall(r"<url>(.*?)</url>", house.client.get(part).text)
    (pictured,) = [entry for entry in entries if "/article/a<" in entry]
    (plain,) = [entry for entry in entries if "/article/b<" in entry]
    named = re.findall(r"<image:loc>https://tide.example([^<]+)</image:loc>", pictured)
    assert [house.client.get(path).headers["content-type"] for path in named] == ["image/jpeg"]
    assert "image:" not in plain


def test_an_article_without_files_has_no_frame(house: House) -> None:
    publish(house, "a", Picture(address="https://a.example/not-there-yet.jpg", alt="A ferry"))
    page = house.client.get("/article/a").text
    assert "<picture" not in page
    assert "og:image" not in page
    assert "a.example/not-there-yet.jpg" not in page  # nothing is hotlinked
    assert "<picture" not in house.client.get("/").text


@pytest.mark.parametrize(
    ("content", "media_type", "status", "why"),
    [
        (b"", "image/jpeg", 400, "empty"),
        (b"no picture", "image/png", 400, "no format that is known"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 415, "image/svg+xml"),
        (drawn(20, 20), "image/jpeg", 400, "smaller than 160 × 90"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(
    house: House, content: bytes, media_type: str, status: int, why: str
) -> None:
    answer = upload(house, content, media_type)
    assert answer.status_code == status, answer.text
    assert why in answer.json()["detail"]


def test_uploading_needs_a_key(house: House) -> None:
    answer = house.client.post("/v1/media", content=drawn(400, 300), headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 401


def test_only_files_of_pictures_are_served(house: House) -> None:
    folder = Path(f"{house.engine.settings.store.path}.media")
    folder.mkdir(parents=True, exist_ok=True)
    Path(folder / "secret.jpg").write_bytes(b"secret")
    for name in ("secret.jpg", "..%2Frecirc.db", f"{'0' * 32}-320.webp", "%2e%2e/recirc.db"):
        assert house.client.get(f"/media/{name}").status_code == 404


def test_the_api_takes_pictures_with_an_article(house: House) -> None:
    row = {
        "id": "a", "headline": "Ferry waits", "body": BODY,
        "pictures": [
            {"address": "https://a.example/quay.jpg", "alt": "The quay", "credit": "Ida Roe", "focus": [0.2, 0.8]},
            {"address": "javascript:alert(1)"},
            {"address": "https://a.example/logo.png"},
        ],
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {house.key}"}
    assert house.client.post("/v1/articles", json=row, headers=headers).status_code == 201
    kept = house.client.get("/v1/articles/a").json()["article"]["pictures"]
    assert kept == [
        {"address": "https://a.example/quay.jpg", "alt": "The quay", "credit": "Ida Roe", "focus": [0.2, 0.8]}
    ]


def test_pictures_stand_at_their_place_in_the_body(house: House) -> None:
    paths = [upload(house, drawn(800 + number, 600)).json()["address"] for number in range(5)]
    lead, within, one, other, loose = paths
    body = (
        f'<p>One.</p><figure><img src="{within}" alt="The mole">'
        "<figcaption>The mole &amp; the sea</figcaption></figure>"
        f'<p>Two.</p><figure><img src="{one}"></figure><figure><img src="{other}"></figure>'
        f'<p>Three.</p><figure><img src="{lead}"></figure>'
        '<figure><img src="https://a.example/missing.jpg"></figure><p>Four.</p>'
    )
    headers = {"Authorization": f"Bearer {house.key}"}
    sent = {"id": "a", "headline": "The mole holds", "body_html": body, "pictures": [lead, loose]}
    assert house.client.post("/v1/articles", json=[sent], headers=headers).status_code == 201
    house.engine.catch_up()
    page = house.client.get("/article/a").text
    text = page[page.index('<div class="body">') : page.index('<footer class="after">')]
    order = [text.index(address.removeprefix("media:")) for address in (lead, within, one, other, loose)]
    assert order == sorted(order)
    places = [text.index(f"<p>{word}.</p>") for word in ("One", "Two", "Three", "Four")]
    assert (
        order[0] < places[0] < order[1] < places[1] < order[2] < order[3] < places[2] < places[3] < order[4]
    )
    assert text.count("<figure") == 5  # the leading one once, and none that is missing
    assert text.count('<div class="gallery">') == 1
    assert "<figcaption>The mole &amp; the sea</figcaption>" in text
    assert text.count('fetchpriority="high"') == 1
    assert "a.example" not in text


def test_pictures_in_a_bucket_are_shown_as_long_as_the_store_knows_them(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3_server(monkeypatch) as folder:
        house = build(media=MediaSettings(folder=f"s3://{BUCKET}/media"))
        uploaded = upload(house, drawn(800, 600)).json()
        path = uploaded["files"][0]
        assert house.client.get(path).content == (folder / "media" / path[7:9] / path[7:]).read_bytes()
        stranger = folder / "media" / "bb" / f"{'b' * 32}-320.webp"
        stranger.parent.mkdir()
        stranger.write_bytes(b"nobody published it")
        assert house.client.get(f"/media/{stranger.name}").status_code == 404
        # What the worker remembers of a picture does not outlive its record.
        store = SqliteStore(Path(house.engine.settings.store.path), lead=False)
        with store:
            store.drop_pictures([uploaded["address"]]).result()
        assert house.client.get(path).status_code == 404


def test_a_bucket_that_is_away_is_no_missing_picture(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server(monkeypatch):
        house = build(media=MediaSettings(folder=f"s3://{BUCKET}/media"))
        path = upload(house, drawn(800, 600)).json()["files"][0]
    answer = house.client.get(path)
    assert answer.status_code == 503


def test_pictures_elsewhere_are_shown_from_there_by_setting_alone(build: Build) -> None:
    body = f'{BODY}<figure><img src="https://tide.example/net.jpg" alt="A net"></figure>{BODY}'
    pictures = (
        Picture(
            address="https://tide.example/quay.jpg", alt='The "quay"', caption="At noon", credit="Ida Roe"
        ),
        Picture(address="https://tide.example/net.jpg", alt="A net"),
    )
    for hotlink in (False, True):
        house = build(media=MediaSettings(hotlink=hotlink))
        publish(house, "a", *pictures, section="harbour")
        row: dict[str, Any] = {"id": "b", "headline": "Nets", "body_html": body, "section": "harbour"}
        row["pictures"] = [{"address": each.address, "alt": each.alt} for each in pictures]
        assert house.client.post("/v1/articles", json=row, headers=house.auth).is_success
        answer = house.client.get("/article/b")
        article = answer.text.partition("</article>")[0]
        addresses = re.findall(r'<img class="linked" src="([^"]+)" width="3" height="2"', article)
        policy = answer.headers["content-security-policy"]
        front = house.client.get("/").text
        if not hotlink:
            assert addresses == []
            assert "tide.example/quay.jpg" not in answer.text + front
            assert "img-src 'self';" in policy
            continue
        assert addresses == [each.address for each in pictures]
        assert 'alt="The &#34;quay&#34;"' in answer.text or 'alt="The &quot;quay&quot;"' in answer.text
        assert answer.text.count('referrerpolicy="no-referrer"') >= 2
        assert "img-src 'self' https:;" in policy
        assert 'src="https://tide.example/quay.jpg"' in front
        # Machines are told of files that are ours alone.
        assert "og:image" not in answer.text
        assert "tide.example/quay.jpg" not in house.client.get("/feed.xml").text


STRICT = [
    "/desk",
    "/desk/login",
    "/desk/pictures",
    "/desk/nothing",
    "/v1/shelves",
    "/v1/nothing",
    "/healthz",
    "/nothing",
]


def test_pictures_elsewhere_are_for_pages_of_the_portal_alone(build: Build) -> None:
    house = build(media=MediaSettings(hotlink=True))
    plain, safe = (Picture(address=f"{scheme}://tide.example/quay.jpg") for scheme in ("http", "https"))
    publish(house, "plain", plain, section="harbour")
    assert "tide.example/quay.jpg" not in house.client.get("/article/plain").text
    publish(house, "safe", safe, section="harbour")
    for path in ("/", "/article/safe", "/article/nothing", "/section/harbour", "/search?q=ferry", "/archive"):
        policy = house.client.get(path).headers["content-security-policy"]
        assert "img-src 'self' https:;" in policy, path
    for path in STRICT:
        answer = house.client.get(path)
        assert "img-src 'self';" in answer.headers["content-security-policy"], path
        assert "tide.example/quay.jpg" not in answer.text, path
    assert "ferry safe" in house.client.get("/nothing").text.lower()  # among the newest articles


def test_only_a_picture_that_is_about_to_be_fetched_is_looked_for_again_at_once(build: Build) -> None:
    picture = Picture(address="https://tide.example/quay.jpg")
    for media in (MediaSettings(), MediaSettings(hotlink=True)):
        house = build(media=media)
        name = f"quay-{media.hotlink}"
        picture = Picture(address=f"https://tide.example/{name}.jpg")
        publish(house, name, picture)
        article = published_article(house.engine, name)
        assert article is not None
        known = PictureGallery(
            house.engine.pictures.facts, lambda: 5.0, awaited=house.engine.pictures.awaited
        )
        assert known.known_seconds([article]) == AWAITED_SECONDS
        with SqliteStore(Path(house.engine.settings.store.path)) as store:
            store.keep_picture(
                KeepPicture(picture.address, None, due=house.moment[0] + 600_000, attempts=1, problem="404")
            ).result()
        known = PictureGallery(
            house.engine.pictures.facts, lambda: 5.0, awaited=house.engine.pictures.awaited
        )
        assert known.known_seconds([article]) == KEPT_SECONDS
    assert article is not None
    for fetch, seconds in ((True, AWAITED_SECONDS), (False, KEPT_SECONDS)):
        settings = Settings(media=MediaSettings(fetch=fetch))
        renderer = TemplateRenderer(settings, lambda _: (), awaited=lambda addresses: set(addresses))
        assert renderer.gallery.known_seconds([article]) == pytest.approx(seconds, abs=1.0)
