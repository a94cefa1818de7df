"""`recirc messages`: what translators need of the catalogues."""

from pathlib import Path
from typing import Annotated

import typer

from recirc.cli.options import CommandError

app = typer.Typer(
    help="Messages and their catalogues of languages.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Folder = Annotated[
    Path | None,
    typer.Option(help="Folder of the catalogues, instead of the package's own.", show_default=False),
]
Languages = Annotated[
    list[str] | None,
    typer.Argument(help="Languages, such as de or pt-BR; without one all catalogues.", show_default=False),
]


@app.command("status")
def messages_status(languages: Languages = None, folder: Folder = None) -> None:
    """Print what each catalogue lacks.

    The exit code is 1 where a catalogue is not complete, has a wrong message or is not compiled.
    """
    from recirc.messages import translating, words

    source, place = translating.extracted(), folder or words.FOLDER
    complete = True
    for name in _names(languages, place):
        found = translating.status(name, source, place)
        complete = complete and found.complete
        note = "" if found.compiled else ", not compiled"
        print(f"{name}: {found.translated} of {found.messages} messages{note}")
        for problem in found.problems:
            print(f"  {problem}")
    if not complete:
        raise typer.Exit(1)


@app.command("extract")
def messages_extract() -> None:
    """Print the messages of the source as a template for a new language."""
    from recirc.messages import translating

    print(translating.written(translating.extracted()).decode(), end="")


@app.command("update")
def messages_update(languages: Languages = None, folder: Folder = None) -> None:
    """Add new messages to the catalogues, empty, and take out those that are gone; a new language gets a catalogue."""
    from recirc.messages import translating, words

    source, place = translating.extracted(), folder or words.FOLDER
    for name in _names(languages, place, new=True):
        try:
            text = translating.written(translating.updated(name, source, place))
        except ValueError as error:
            raise CommandError(f"{name!r} is no language that is known here: {error}") from None
        (place / f"{name}.po").write_bytes(text)
        print(f"{name}: {translating.status(name, source, place).translated} of {len(source)} messages")


@app.command("compile")
def messages_compile(languages: Languages = None, folder: Folder = None) -> None:
    """Compile the catalogues; pages read the compiled files."""
    from recirc.messages import translating, words

    place = folder or words.FOLDER
    for name in _names(languages, place):
        (place / f"{name}.mo").write_bytes(translating.compiled(name, place))


def _names(languages: list[str] | None, folder: Path, *, new: bool = False) -> list[str]:
    """The names of the catalogues' files."""
    from recirc.messages import translating

    known = translating.names(folder)
    wanted = [language.replace("-", "_") for language in languages or ()] or known
    missing = [name for name in wanted if name not in known and not new]
    if missing:
        raise CommandError(
            f"there is no catalogue {missing[0]!r} in {folder}; there is {', '.join(known) or 'none'}. "
            f"recirc messages update {missing[0]} makes one"
        )
    return wanted
