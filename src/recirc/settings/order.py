"""Settings of the order that several machines of a site share."""

from typing import Annotated, Literal

from msgspec import Struct

from recirc.settings.description import described


class OrderSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What puts the commands of all machines into one order, if the site has several."""

    engine: Annotated[
        Literal["local", "postgresql", "jetstream"],
        described(
            "local: one machine. postgresql: a database that all machines of the site share. jetstream: a NATS cluster "
            "that they share."
        ),
    ] = "local"
    address: Annotated[
        str,
        described(
            "postgresql: connection string as libpq reads it; of several hosts the one that accepts writes. jetstream: "
            "the servers, separated by commas, as nats://user:password@host:4222."
        ),
    ] = ""
    site: Annotated[
        str, described("Name of this site's order in the database or cluster.", min_length=1, max_length=100)
    ] = "recirc"
    accept_loss: Annotated[
        bool,
        described(
            "Write also while the database has no synchronous standby, or the stream fewer than three replicas; "
            "what was acknowledged can then be lost with a disk."
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
