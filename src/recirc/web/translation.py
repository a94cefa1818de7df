"""Messages in templates, put into a template when it is compiled: a page looks up none of them when it is rendered.

    {% trans %}Skip to the content{% endtrans %}
    {% trans n=total %}1 article{% pluralize %}{{ n }} articles{% endtrans %}

There is one environment for each language. In a language that runs from right to left each value within a sentence is
isolated, so that a Latin name does not turn the order of the words around it.
"""

import re
from collections.abc import Mapping
from typing import Final, cast

from jinja2 import nodes
from jinja2.ext import InternationalizationExtension

from recirc.messages import Words

_PARTS: Final = re.compile(r"%\((\w+)\)s|(%%)")
_NO_TAG_OPEN: Final = re.compile(r"<[^>]*$")


class TranslatedBlocks(InternationalizationExtension):
    """`{% trans %}` with the words that the environment has as `words`."""

    def _make_node(
        self,
        singular: str,
        plural: str | None,
        _context: str | None,
        variables: dict[str, nodes.Expr],
        plural_expr: nodes.Expr | None,
        _vars_referenced: bool,
        _num_called_num: bool,
    ) -> nodes.Output:
        words: Words = self.environment.words  # type: ignore[attr-defined]
        if plural is None:
            found = words.text(singular)
            return nodes.Output(_pieces(found, variables, words.isolates))
        assert plural_expr is not None
        values = {**variables, "n": _grouped(plural_expr)}
        forms = [_pieces(form, values, words.isolates) for form in words.forms(singular, plural)]
        index = nodes.Call(nodes.Name("plural_index", "load"), [plural_expr], [], None, None)
        return cast(nodes.Output, _choice(index, forms))


def _grouped(number: nodes.Expr) -> nodes.Expr:
    return nodes.Filter(number, "number", [], [], None, None)


def _choice(index: nodes.Expr, forms: list[list[nodes.Expr]]) -> nodes.Node:
    """The form that a number needs; the last one where no earlier one is."""
    chosen: nodes.Node = nodes.Output(forms[-1])
    for place in range(len(forms) - 2, -1, -1):
        test = nodes.Compare(index, [nodes.Operand("eq", nodes.Const(place))])
        chosen = nodes.If(test, [nodes.Output(forms[place])], [], [chosen])
    return chosen


def _pieces(text: str, values: Mapping[str, nodes.Expr], isolates: bool) -> list[nodes.Expr]:
    """A text with values as what a template puts out."""
    pieces: list[nodes.Expr] = []
    written = ""

    def literal(part: str) -> None:
        nonlocal written
        written += part
        if part:
            pieces.append(nodes.TemplateData(part))

    end = 0
    for found in _PARTS.finditer(text):
        literal(text[end : found.start()])
        end = found.end()
        if found[2]:
            literal("%")
            continue
        isolated = isolates and not _NO_TAG_OPEN.search(written)
        if isolated:
            literal("\u2068")
        pieces.append(values[found[1]])
        if isolated:
            literal("\u2069")
    literal(text[end:])
    return pieces or [nodes.TemplateData("")]
