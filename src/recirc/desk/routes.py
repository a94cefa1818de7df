"""The routes of the newsroom's pages."""

from starlette.routing import Route

from recirc.desk.guard import Desk
from recirc.desk.login import LoginPages
from recirc.desk.me import OwnAccountPages
from recirc.desk.people import PeoplePages
from recirc.desk.sources import SourcesPage
from recirc.web.context import WebContext
from recirc.web.routing import Method, get, routes_of


def routes(web: WebContext) -> list[Route]:
    """The pages of the desk."""
    settings = web.engine.settings.sources
    sources = SourcesPage(web.stores.sources, settings, web.stores.api_keys, web.pages, web.clock)
    return [get("/sources", sources.get), *routes_of(methods(Desk(web)))]


def methods(desk: Desk) -> list[Method]:
    """What the desk serves, each behind the guard of `permissions.PERMISSIONS`."""
    login, me, people = LoginPages(desk), OwnAccountPages(desk), PeoplePages(desk)
    return [
        desk.get("/desk/login", login.login),
        desk.post("/desk/login", login.log_in),
        desk.post("/desk/logout", login.log_out),
        desk.get("/desk/invitation", login.invitation),
        desk.post("/desk/invitation", login.accept),
        desk.get("/desk/me", me.get),
        desk.post("/desk/me/password", me.password),
        desk.post("/desk/me/factor", me.factor),
        desk.post("/desk/me/sessions", me.sessions),
        desk.get("/desk/people", people.get),
        desk.post("/desk/people/invite", people.invite),
        desk.post("/desk/people/uninvite", people.uninvite),
        desk.post("/desk/people/change", people.change),
    ]
