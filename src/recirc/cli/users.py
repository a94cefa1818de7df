"""`recirc user`: the accounts of the newsroom."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from recirc.cli.options import CommandError, Config, Database, settings_of, store_of
from recirc.types.roles import Role

if TYPE_CHECKING:
    from recirc.store.accounts import Accounts, StoredAccount

app = typer.Typer(
    help="Add, list and disable accounts of the desk.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="Name of the account.")]


@app.command("add")
def user_add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What the account may do.")] = Role.EDITOR,
    with_password: Annotated[
        bool, typer.Option("--password", help="Ask for the password now, instead of printing an invitation.")
    ] = False,
    email: Annotated[
        str,
        typer.Option(
            help="Address under which they sign on with the provider of [openid], without the link."
        ),
    ] = "",
    config: Config = None,
    database: Database = None,
) -> None:
    """Invite somebody to the desk: print a link that works once, for three days."""
    from recirc.clock import now_ms
    from recirc.desk.people import desk_address, invitation_link
    from recirc.store.accounts import Account
    from recirc.store.ports import ConflictError

    accounts, now = _accounts(config, database), now_ms()
    if accounts.find(name) is not None:
        raise CommandError(f"there is an account named {name!r} already; recirc user list shows all")
    if not with_password:
        token = accounts.invite(role, "recirc user", now, name, _address(email))
        _note(config, database, "invite", name, role.value)
        print(invitation_link(desk_address(settings_of(config, database)), token))
        return
    account = Account(
        name=" ".join(name.split()), role=role, password=_hashed(name), created=now, email=_address(email)
    )
    try:
        accounts.add(account)
    except ConflictError as error:
        raise CommandError(str(error)) from None
    _note(config, database, "add", name, role.value)
    print(f"added {account.name} as {role.value}")


@app.command("list")
def user_list(config: Config = None, database: Database = None) -> None:
    """Print all accounts with their roles."""
    for account, _ in _accounts(config, database).all():
        more = [
            text
            for text, is_so in (
                ("second factor", account.totp),
                ("disabled", account.disabled),
                (account.email, account.email),
            )
            if is_so
        ]
        print(account.name, account.role.value, *more, sep="\t")


@app.command("disable")
def user_disable(name: Name, config: Config = None, database: Database = None) -> None:
    """Let an account log in no longer, and end its sessions within a second."""
    accounts, stored = _found(name, config, database)
    _change(accounts, stored, disabled=True, generation=stored.account.generation + 1)
    _note(config, database, "disable", stored.account.name)
    print(f"disabled {stored.account.name}")


@app.command("email")
def user_email(
    name: Name,
    address: Annotated[str, typer.Argument(help='Address at the provider of [openid]; "" takes it away.')],
    config: Config = None,
    database: Database = None,
) -> None:
    """Set the address under which somebody enters by single sign-on; who did so before is found anew by it."""
    accounts, stored = _found(name, config, database)
    _change(accounts, stored, email=_address(address), subject="")
    _note(config, database, "set the e-mail address of", stored.account.name)
    print(f"the address of {stored.account.name} is {address or 'none'}")


@app.command("password")
def user_password(
    name: Name,
    keep_factor: Annotated[bool, typer.Option(help="Keep the second factor.")] = True,
    config: Config = None,
    database: Database = None,
) -> None:
    """Set the password of an account, typed twice or read from standard input, and enable it; its sessions end."""
    accounts, stored = _found(name, config, database)
    changes: dict[str, object] = {} if keep_factor else {"totp": "", "step": 0}
    generation = stored.account.generation + 1
    _change(
        accounts,
        stored,
        password=_hashed(stored.account.name),
        disabled=False,
        generation=generation,
        **changes,
    )
    _note(config, database, "set the password of", stored.account.name)
    print(f"the password of {stored.account.name} is set")


def _accounts(config: Config, database: Database) -> "Accounts":
    from recirc.store.accounts import Accounts

    return Accounts(store_of(config, database))


def _found(name: str, config: Config, database: Database) -> "tuple[Accounts, StoredAccount]":
    accounts = _accounts(config, database)
    stored = accounts.find(name)
    if stored is None:
        existing = ", ".join(each.account.name for each in accounts.all()) or "none"
        raise CommandError(f"there is no account named {name!r}; existing names: {existing}")
    return accounts, stored


def _change(accounts: "Accounts", stored: "StoredAccount", **changes: object) -> None:
    from msgspec import structs

    from recirc.store.ports import ConflictError

    try:
        accounts.change(stored, structs.replace(stored.account, **changes))
    except ConflictError as error:
        raise CommandError(str(error)) from None


def _hashed(name: str) -> str:
    from recirc.web.passwords import PasswordError, hashed

    if sys.stdin.isatty():
        password = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    try:
        return hashed(password, name)
    except PasswordError as error:
        raise CommandError(str(error)) from None


def _address(text: str) -> str:
    from recirc.desk.openid_admission import clean_email

    email = clean_email(text)
    if text and not email:
        raise CommandError(f"{text!r} is no e-mail address")
    return email


def _note(config: Config, database: Database, action: str, subject: str, detail: str = "") -> None:
    from recirc.store.actions import ActionTrail

    ActionTrail(store_of(config, database)).note("recirc user", "machine", action, subject, detail=detail)
