"""Settings of the order that several machines of a site share."""

from typing import Annotated, Literal

from msgspec import Struct

from recirc.settings.description import described


class OrderSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What puts the commands of all machines into one order, if the site has several."""

    engine: Annotated[
        Literal["local", "postgresql"],
        described("local: one machine. postgresql: a database that all machines of the site share."),
    ] = "local"
    address: Annotated[
        str,
        described(
            "Connection string of the database, as libpq reads it. Of several hosts the one that accepts writes."
        ),
    ] = ""
    site: Annotated[
        str, described("Name of this site's order in the database.", min_length=1, max_length=100)
    ] = "recirc"
    accept_loss: Annotated[
        bool,
        described(
            "Write also while the database has no synchronous standby; what was acknowledged is lost if it fails over."
        ),
    ] = False
    machine: Annotated[
        str,
        described(
            "Name of this machine, also in the header X-Served-By. Empty: its host name.", max_length=100
        ),
    ] = ""
    url: Annotated[
        str,
        described(
            "Address at which the other machines reach this one, as http://10.0.0.2:8000. Empty: server.host and port."
        ),
    ] = ""
