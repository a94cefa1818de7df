"""Settings of single sign-on at the desk."""

from typing import Annotated, Literal

import msgspec
from msgspec import Struct

from recirc.settings.description import described


class OpenIdSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Single sign-on at the desk by OpenID Connect. The provider sends browsers back to /desk/openid/return."""

    issuer: Annotated[
        str,
        described(
            "Issuer, as the provider's /.well-known/openid-configuration names it. Empty: no single sign-on."
        ),
    ] = ""
    client_id: Annotated[str, described("Name under which the provider knows this desk.")] = ""
    client_secret: Annotated[
        str, described("Secret of this desk at the provider. Empty: none, PKCE alone protects the code.")
    ] = ""
    name: Annotated[
        str, described("Name of the provider on the login page. Default: the issuer's host.", max_length=60)
    ] = ""
    scopes: Annotated[
        tuple[str, ...], described('Scopes that are asked for; "openid" must be one of them.')
    ] = ("openid", "profile", "email")
    admit: Annotated[
        Literal["known", "role"],
        described(
            "known: only people with an account or an invitation enter. role: whoever has one of `roles` enters, and "
            "gets an account at the first time."
        ),
    ] = "known"
    role_claim: Annotated[
        str,
        described(
            'Claim that has the values of `roles`, such as "groups". With it the role of an account follows the claim '
            "at each sign-on; without it roles are given at the desk alone."
        ),
    ] = ""
    roles: Annotated[
        dict[str, Literal["reader", "editor", "publisher", "administrator"]],
        described('Role by value of `role_claim`, such as {"news-desk" = "editor"}; the highest one counts.'),
    ] = msgspec.field(default_factory=dict)
    private: Annotated[
        bool,
        described("Whether the provider may have an address that is not public, and may be without TLS."),
    ] = False
    timeout_seconds: Annotated[
        float, described("Timeout of a request to the provider, in seconds.", gt=0)
    ] = 10.0
