"""Outlets whose voice a text speaks with, where their names stand close to other signs."""

import pytest

from recirc.provenance.voices import voices_in


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("Il documento che l'Unione Sarda ha consultato è di maggio.", "Unione Sarda"),
        ("Un document que l’Écho Journal a pu consulter le confirme.", "Écho Journal"),
        ("L’Agence France-Presse a consulté le dossier.", "L’Agence France-Presse"),
        ("Le dossier que l’Agence France-Presse a consulté est long.", "Agence France-Presse"),
        ("'Guardian News has seen the letter,' they wrote.", "Guardian News"),
        ("Der Brief, der der Nordmärker Zeitung vorliegt, ist kurz.", "Nordmärker Zeitung"),
    ],
)
def test_a_name_may_follow_an_apostrophe(text: str, outlet: str) -> None:
    assert outlet in [each.outlet for each in voices_in(text)]
