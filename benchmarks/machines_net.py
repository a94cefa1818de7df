"""Hosts on one machine: network namespaces on a bridge, with cables that can be pulled, in one direction too.

The command starts itself again in a network and a mount namespace of its own (`enter`), which hold the bridge and the
hosts: nothing is left of them when it has ended, nothing of the machine's own network is touched, and no packet leaves.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

NETWORK = "10.99.0"
BRIDGE_ADDRESS = f"{NETWORK}.1"
INSIDE = "BENCH_MACHINES_INSIDE"


class NetworkError(Exception):
    """The namespaces cannot be made here; the text says what is missing."""


def missing() -> str | None:
    """Why namespaces cannot be made here; None: they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for program, package in (("ip", "iproute2"), ("nft", "nftables"), ("unshare", "util-linux")):
        if shutil.which(program) is None:
            return f"{program} is not installed (Debian: apt-get install {package})"
    trial = (
        "unshare", "--net", "--mount", "sh", "-c",
        "mkdir -p /run/netns && mount -t tmpfs none /run/netns && ip netns add trial"
        " && ip link add trial0 type veth peer name trial1"
        " && ip link add bridge0 type bridge && ip netns exec trial nft list ruleset",
    )  # fmt: skip
    done = subprocess.run(trial, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"namespaces are not allowed here: {done.stderr.strip()}"


def enter() -> None:
    """Go on in namespaces of our own: this process is replaced by itself there, once. Raises NetworkError."""
    if os.environ.pop(INSIDE, "") == str(os.getpid()):
        return
    if why := missing():
        raise NetworkError(why)
    # exec keeps the process's number, by which the process that it becomes knows that it is inside.
    os.environ[INSIDE] = str(os.getpid())
    os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv])


def _do(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NetworkError(f"{' '.join(words)}: {done.stderr.strip()}")


class Host:
    """One host: its processes see its own interface and loopback alone."""

    def __init__(self, name: str, number: int) -> None:
        """Plug it into the bridge. Raises NetworkError."""
        self.name = name
        self.address = f"{NETWORK}.{number}"
        _do("ip", "netns", "add", name)
        _do("ip", "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", name)
        _do("ip", "link", "set", f"to-{name}", "master", "bridge0", "up")
        for words in (
            ("link", "set", "lo", "up"),
            ("address", "add", f"{self.address}/24", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
        ):
            _do("ip", "-n", name, *words)

    def words(self, *words: str | Path) -> list[str]:
        """A command as it is run on this host."""
        return ["ip", "netns", "exec", self.name, *map(str, words)]

    def start(self, words: Sequence[str | Path], log: IO[bytes], **named: Any) -> "subprocess.Popen[bytes]":
        """Start a command on this host, in a session of its own."""
        return subprocess.Popen(self.words(*words), stdout=log, stderr=log, start_new_session=True, **named)

    def pull(self, *, hears: bool = False, speaks: bool = False) -> None:
        """Have what it is sent, or what it sends, lost on the way, without a word: both unless one is kept."""
        chains = []
        if not hears:
            chains.append('chain heard { type filter hook input priority 0;\niifname "eth0" drop;\n}')
        if not speaks:
            chains.append('chain said { type filter hook output priority 0;\noifname "eth0" drop;\n}')
        rules = "table inet pulled {\n" + "\n".join(chains) + "\n}"
        subprocess.run(self.words("nft", "-f", "-"), input=rules, text=True, check=True)

    def plug(self) -> None:
        """Mend its cable."""
        subprocess.run(self.words("nft", "flush", "ruleset"), check=True)


class Network:
    """A bridge and its hosts."""

    def __init__(self) -> None:
        """Make the bridge, in the namespaces of `enter`. Raises NetworkError."""
        self._hosts = 10
        Path("/run/netns").mkdir(parents=True, exist_ok=True)
        _do("mount", "-t", "tmpfs", "none", "/run/netns")
        _do("ip", "link", "set", "lo", "up")
        _do("ip", "link", "add", "bridge0", "type", "bridge")
        _do("ip", "address", "add", f"{BRIDGE_ADDRESS}/24", "dev", "bridge0")
        _do("ip", "link", "set", "bridge0", "up")

    def host(self, name: str, stack: ExitStack) -> Host:
        """One more host, until the stack is left."""
        self._hosts += 1
        host = Host(name, self._hosts)
        stack.callback(_do, "ip", "netns", "del", name)
        return host
