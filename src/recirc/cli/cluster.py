"""`recirc cluster`: the sample newspaper on several machines at once."""

from pathlib import Path
from typing import Annotated

import typer


def cluster(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port of the proxy before them.", metavar="N", min=1, max=65535)
    ] = 8000,
    folder: Annotated[Path, typer.Option(help="Folder of its files; replaced at start.")] = Path("cluster"),
    machines: Annotated[int, typer.Option(help="Number of machines.", metavar="N", min=1, max=5)] = 3,
    rate: Annotated[float, typer.Option(help="Simulated events per second.", metavar="N", min=0)] = 5.0,
    pictures: Annotated[bool, typer.Option(help="Draw the pictures of the articles.")] = True,
) -> None:
    """Serve the sample newspaper from several machines.

    Kill one while you read. Needs PostgreSQL.
    """
    from recirc.demo.cluster import run
    from recirc.server.serve import check_port

    check_port(host, port)
    run(host, port, folder, machines, rate, pictures=pictures)
