"""The routes of the newsroom's pages."""

from starlette.routing import Route

from recirc.desk.actions import ArticleActions
from recirc.desk.alarms import AlarmsPage
from recirc.desk.article import ArticlePages
from recirc.desk.as_of import AsOfPage
from recirc.desk.audit import AuditPages
from recirc.desk.balance import BalancePage
from recirc.desk.erasures import ErasurePages
from recirc.desk.exclusions import ExclusionPages
from recirc.desk.figures import FiguresPages
from recirc.desk.findings import FindingsPage
from recirc.desk.front import FrontDesk
from recirc.desk.guard import Desk
from recirc.desk.guests import GuestsPage
from recirc.desk.inspections import InspectionPages
from recirc.desk.keys import KeyPages
from recirc.desk.login import LoginPages
from recirc.desk.machines import MachinePages
from recirc.desk.me import OwnAccountPages
from recirc.desk.now import NowPage
from recirc.desk.openid import OpenIdPages
from recirc.desk.people import PeoplePages
from recirc.desk.pictures import PicturePages
from recirc.desk.rule_replays import RuleReplayPages
from recirc.desk.rules import RulesPages
from recirc.desk.shelves import ShelvesPage
from recirc.desk.sources import SourcesPage
from recirc.desk.stories import StoryForms
from recirc.desk.topics import TopicPages
from recirc.web.context import WebContext
from recirc.web.routing import Method, get, routes_of


def routes(web: WebContext) -> list[Route]:
    """The pages of the desk."""
    settings = web.engine.settings.sources
    sources = SourcesPage(web.stores.sources, settings, web.stores.api_keys, web.pages, web.clock)
    return [get("/sources", sources.get), *routes_of(methods(Desk(web)))]


def methods(desk: Desk) -> list[Method]:
    """What the desk serves, each behind the guard of `permissions.PERMISSIONS`."""
    login, me, people, keys = LoginPages(desk), OwnAccountPages(desk), PeoplePages(desk), KeyPages(desk)
    openid = OpenIdPages(desk)
    return [
        *newsroom(desk),
        *editorial(desk),
        desk.get("/desk/login", login.login),
        desk.post("/desk/login", login.log_in),
        desk.get("/desk/openid", openid.begin),
        desk.get("/desk/openid/return", openid.returned),
        desk.get("/desk/openid/leave", openid.leave),
        desk.post("/desk/logout", login.log_out),
        desk.get("/desk/invitation", login.invitation),
        desk.post("/desk/invitation", login.accept),
        desk.get("/desk/me", me.get),
        desk.post("/desk/me/password", me.password),
        desk.post("/desk/me/factor", me.factor),
        desk.post("/desk/me/sessions", me.sessions),
        desk.get("/desk/keys", keys.get),
        desk.post("/desk/keys/make", keys.make),
        desk.post("/desk/keys/revoke", keys.revoke),
        desk.get("/desk/people", people.get),
        desk.post("/desk/people/invite", people.invite),
        desk.post("/desk/people/uninvite", people.uninvite),
        desk.post("/desk/people/change", people.change),
    ]


def newsroom(desk: Desk) -> list[Method]:
    """What is seen and done of articles, sources and models."""
    articles, actions, machines, audit = (
        ArticlePages(desk), ArticleActions(desk), MachinePages(desk), AuditPages(desk),
    )  # fmt: skip
    stories, pictures = StoryForms(desk), PicturePages(desk)
    figures, inspections, exclusions = FiguresPages(desk), InspectionPages(desk), ExclusionPages(desk)
    return [
        desk.get("/desk", NowPage(desk).get),
        desk.get("/desk/articles", articles.find),
        desk.get("/desk/article", articles.get),
        desk.post("/desk/article/pin", actions.pin),
        desk.post("/desk/article/unpin", actions.unpin),
        desk.post("/desk/article/correct", actions.correct),
        desk.post("/desk/article/hold", actions.hold),
        desk.post("/desk/article/release", actions.release),
        desk.post("/desk/article/finding", actions.finding),
        desk.post("/desk/article/join", stories.join),
        desk.post("/desk/article/part", stories.part),
        desk.post("/desk/article/undo-story", stories.undo),
        desk.post("/desk/article/withdraw", actions.withdraw),
        desk.post("/desk/article/restore", actions.restore),
        desk.get("/desk/pictures", pictures.get),
        desk.post("/desk/pictures/describe", pictures.describe),
        desk.get("/desk/figures", figures.get),
        desk.get("/desk/figures.csv", figures.as_csv),
        desk.get("/desk/figures.json", figures.as_json),
        desk.get("/desk/figures.parquet", figures.as_parquet),
        desk.get("/desk/report", figures.report),
        desk.get("/desk/shelves", ShelvesPage(desk).get),
        desk.get("/desk/audit", audit.get),
        desk.get("/desk/audit.csv", audit.as_csv),
        desk.get("/desk/audit.json", audit.as_json),
        desk.get("/desk/inspect", inspections.get),
        desk.post("/desk/inspect", inspections.inspect),
        desk.get("/desk/sources", machines.sources),
        desk.get("/desk/guests", GuestsPage(desk).get),
        desk.get("/desk/models", machines.models),
        desk.post("/desk/models/rollback", machines.roll_back),
        desk.get("/desk/exclusions", exclusions.get),
        desk.post("/desk/exclusions/add", exclusions.add),
        desk.post("/desk/exclusions/network", exclusions.add_network),
        desk.post("/desk/exclusions/undo", exclusions.undo),
    ]


def editorial(desk: Desk) -> list[Method]:
    """What editors say of shelves and topics, what was erased, and shelves as they were."""
    rules, topics, erasures = RulesPages(desk), TopicPages(desk), ErasurePages(desk)
    front, replays = FrontDesk(desk), RuleReplayPages(desk, rules)
    return [
        desk.get("/desk/front", front.get),
        desk.post("/desk/front/arrange", front.arrange),
        desk.post("/desk/front/restore", front.restore),
        desk.post("/desk/front/layouts", front.lay_out),
        desk.post("/desk/article/label", front.label),
        desk.post("/desk/article/unlabel", front.unlabel),
        desk.get("/desk/rules", rules.get),
        desk.get("/desk/rules/new", rules.new),
        desk.post("/desk/rules/preview", rules.preview),
        desk.post("/desk/rules/replay", replays.replay),
        desk.post("/desk/rules/add", rules.add),
        desk.post("/desk/rules/end", rules.end),
        desk.get("/desk/balance", BalancePage(desk).get),
        desk.post("/desk/balance/price", replays.price),
        desk.get("/desk/findings", FindingsPage(desk).get),
        desk.get("/desk/topics", topics.get),
        desk.post("/desk/topics/merge", topics.merge),
        desk.post("/desk/topics/divide", topics.divide),
        desk.post("/desk/topics/hide", topics.hide),
        desk.post("/desk/topics/split", topics.split),
        desk.get("/desk/as-of", AsOfPage(desk).get),
        desk.get("/desk/alarms", AlarmsPage(desk).get),
        desk.get("/desk/erasures", erasures.get),
        desk.get("/desk/erasures/receipt", erasures.receipt),
        desk.get("/desk/erasures/new", erasures.look),
        desk.post("/desk/erasures/article", erasures.erase),
        desk.post("/desk/erasures/author", erasures.erase_author),
        desk.post("/desk/erasures/topic", erasures.erase_topic),
        desk.post("/desk/erasures/day", erasures.erase_day),
        desk.post("/desk/erasures/check", erasures.check),
    ]
