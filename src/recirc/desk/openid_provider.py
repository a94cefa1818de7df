"""The provider of single sign-on: its metadata, its keys, and what its ID tokens say once they are verified.

OpenID Connect Core 1.0 with the authorization code flow, PKCE (RFC 7636) and discovery. All requests go through the
guarded transport: to public addresses only, unless the settings allow others.
"""

import base64
import contextlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    JoseError,
    MissingClaimError,
)
from joserfc.jwk import KeySet
from msgspec import Struct

from recirc.hashing import sha2
from recirc.settings import OpenIdSettings
from recirc.sources.fetching.addresses import system_addresses
from recirc.sources.fetching.errors import TransportError
from recirc.sources.fetching.transport import LIMITS, FetchLimits, GuardedTransport

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Signatures by a key pair: none, and none by a secret that the provider and the desk share."""
KEY_TYPES: Final = ("RSA", "EC", "OKP")
LEEWAY_SECONDS: Final = 60
"""By how much the provider's clock may differ."""
METADATA_SECONDS: Final = 3_600.0
KEYS_SECONDS: Final = 30.0
"""Shortest time between two requests for the keys: a token that names an unknown key asks for them again."""
MAX_BYTES: Final = 1_000_000

_Answer = TypeVar("_Answer")


class OpenIdError(Exception):
    """Signing on failed; the text says why and what to do, for the person who tries.

    Attributes:
        status: of the response, 403 where the provider's answer is refused, 502 where there is none.
    """

    def __init__(self, text: str, status: int = 403) -> None:
        super().__init__(text)
        self.status = status


class ProviderMetadata(Struct, frozen=True):
    """What a provider publishes of itself (OpenID Connect Discovery 1.0, 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Tokens(Struct, frozen=True):
    id_token: str
    access_token: str = ""


class _PublishedKeys(Struct, frozen=True):
    keys: list[Any]


class SignOn(NamedTuple):
    """A sign-on that has begun: what the browser keeps until it comes back.

    Attributes:
        state: comes back with the browser; `nonce`: stands in the ID token; `verifier`: goes with the code (PKCE).
    """

    state: str
    nonce: str
    verifier: str

    @classmethod
    def begin(cls) -> "SignOn":
        """A new one."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))


class OpenIdProvider:
    """The provider that the settings name. Threads may share it."""

    def __init__(
        self,
        settings: OpenIdSettings,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` gives seconds that only rise; `transport` None: the guarded one."""
        self._settings = settings
        self._clock = clock
        self._transport = transport or GuardedTransport(
            resolve=system_addresses, clock=time.monotonic, tls=httpx.create_ssl_context(trust_env=True)
        )
        self._lock = threading.Lock()
        self._known: tuple[float, ProviderMetadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    @property
    def name(self) -> str:
        """Its name, for people."""
        return self._settings.name or urlsplit(self._settings.issuer).hostname or self._settings.issuer

    def authorization_address(self, redirect: str, begun: SignOn, *, again: bool = False) -> str:
        """Where the browser goes to sign on; `again`: also somebody who is signed on there. Raises OpenIdError."""
        challenge = sha2(begun.verifier.encode(), 256)
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": redirect,
            "scope": " ".join(self._settings.scopes),
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        } | ({"prompt": "login"} if again else {})
        return _with_query(self._metadata().authorization_endpoint, asked)

    def logout_address(self, back: str) -> str | None:
        """Where the browser goes to end the provider's own session; None: it has no such page. Raises OpenIdError."""
        address = self._metadata().end_session_endpoint
        asked = {"client_id": self._settings.client_id, "post_logout_redirect_uri": back}
        return _with_query(address, asked) if address else None

    def claims(self, code: str, redirect: str, begun: SignOn, now: int) -> Mapping[str, Any]:
        """What the provider says of the person for whom it gave a code, verified, at `now` (ms).

        Raises:
            OpenIdError: it gives nothing, or nothing that can be believed.
        """
        metadata = self._metadata()
        tokens = self._tokens(metadata, code, redirect, begun.verifier)
        claims = self._verified(metadata, tokens, begun.nonce, now)
        if "email" in claims or not metadata.userinfo_endpoint or not tokens.access_token:
            return claims
        headers = {"Authorization": f"Bearer {tokens.access_token}"}
        more = self._decoded(self._request("GET", metadata.userinfo_endpoint, headers), dict)
        if more.get("sub") != claims["sub"]:  # OpenID Connect Core 1.0, 5.3.2
            raise OpenIdError(f"{self.name} answered about somebody else than who signed on; try again.")
        return {**more, **claims}

    def check_issuer(self, issuer: str) -> None:
        """Check who says that it sent the browser back (RFC 9207). Raises OpenIdError."""
        if issuer and issuer != self._settings.issuer:
            raise OpenIdError(f"This answer came from another issuer than {self.name}; begin again.")

    def _tokens(self, metadata: ProviderMetadata, code: str, redirect: str, verifier: str) -> _Tokens:
        own, secret = self._settings.client_id, self._settings.client_secret
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
            "client_id": own,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if secret and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            pair = f"{quote(own, safe='')}:{quote(secret, safe='')}"  # RFC 6749, 2.3.1
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        elif secret:
            form["client_secret"] = secret
        answer = self._request(
            "POST", metadata.token_endpoint, headers, urlencode(form).encode(), failing=True
        )
        if answer.is_success:
            return self._decoded(answer, _Tokens)
        with contextlib.suppress(msgspec.MsgspecError):
            error = str(msgspec.json.decode(answer.content, type=dict[str, Any]).get("error"))[:80]
            if error == "invalid_grant":
                raise OpenIdError(
                    f"{self.name} does not take this code (any more): it works once. Begin again."
                )
            raise OpenIdError(
                f"{self.name} refuses the desk ({error}); an administrator finds this in the log.", 502
            )
        raise OpenIdError(f"{self.name} answers {answer.status_code}; try again in a moment.", 502)

    def _verified(
        self, metadata: ProviderMetadata, tokens: _Tokens, nonce: str, now: int
    ) -> Mapping[str, Any]:
        """The claims of an ID token (OpenID Connect Core 1.0, 3.1.3.7)."""
        own, name = self._settings.client_id, self.name
        try:
            token = jwt.decode(
                tokens.id_token,
                lambda signed: self._keys_for(metadata, signed.headers().get("kid")),
                algorithms=ALGORITHMS,
            )
            jwt.JWTClaimsRegistry(
                now=now // 1000,
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": metadata.issuer},
                aud={"essential": True, "value": own},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(token.claims)
        except ExpiredTokenError:
            raise OpenIdError(
                f"What {name} sent has expired; begin again. If it happens again, a clock is wrong."
            ) from None
        except (InvalidClaimError, MissingClaimError) as error:
            raise OpenIdError(
                f"What {name} sent is not for this sign-on ({error.claim}); begin again."
            ) from None
        except BadSignatureError:
            raise OpenIdError(f"What came is not signed by {name}; nobody was let in.") from None
        except (JoseError, ValueError) as error:
            raise OpenIdError(
                f"What {name} sent cannot be verified ({_brief(error)}); nobody was let in."
            ) from None
        audiences, party = token.claims["aud"], token.claims.get("azp")
        several = isinstance(audiences, list) and len(audiences) > 1
        if (party is None and several) or (party is not None and party != own):
            raise OpenIdError(f"What {name} sent is not for this desk (azp); begin again.")
        if not isinstance(token.claims["sub"], str) or not _is_of(token, tokens.access_token):
            raise OpenIdError(f"What {name} sent does not belong together; begin again.")
        return token.claims

    def _keys_for(self, metadata: ProviderMetadata, kid: str | None) -> KeySet:
        """The provider's keys; fetched again if a token names one that is not among them."""
        with self._lock:
            known, now = self._keys, self._clock()
        fits = known is not None and (kid is None or any(key.kid == kid for key in known[1].keys))
        if known is None or (not fits and now - known[0] >= KEYS_SECONDS):
            found = self._decoded(self._request("GET", metadata.jwks_uri, {}), _PublishedKeys)
            usable = [key for key in found.keys if key.get("kty") in KEY_TYPES and key.get("use") != "enc"]
            known = (now, KeySet.import_key_set({"keys": usable}))
            with self._lock:
                self._keys = known
        return known[1]

    def _metadata(self) -> ProviderMetadata:
        with self._lock:
            if self._known is not None and self._clock() - self._known[0] < METADATA_SECONDS:
                return self._known[1]
        issuer = self._settings.issuer
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        found = self._decoded(self._request("GET", address, {}), ProviderMetadata)
        if found.issuer != issuer:
            raise OpenIdError(
                f"{address} is of the issuer {found.issuer[:200]}, but openid.issuer is {issuer}; "
                "an administrator has to write the same in both.",
                502,
            )
        with self._lock:
            self._known = (self._clock(), found)
        return found

    def _request(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str],
        content: bytes | None = None,
        *,
        failing: bool = False,
    ) -> httpx.Response:
        """The provider's answer, which is a success unless `failing`; redirects are not followed."""
        if urlsplit(address).scheme != "https" and not self._settings.private:
            raise OpenIdError(
                f"{self.name} names an address without TLS, which is never asked: {address[:200]}", 502
            )
        limits = FetchLimits(
            self._settings.timeout_seconds,
            MAX_BYTES,
            truncate=True,
            private=self._settings.private,
            time_setting="openid.timeout_seconds",
            private_advice="set openid.private = true",
        )
        own = {"Accept": "application/json", "Connection": "close"}
        try:
            request = httpx.Request(
                method, address, headers={**own, **headers}, content=content, extensions={LIMITS: limits}
            )
            with contextlib.closing(self._transport.handle_request(request)) as response:
                response.read()
        except (TransportError, httpx.InvalidURL, ValueError) as error:
            raise OpenIdError(
                f"{self.name} cannot be reached ({_brief(error)}). Log in with your password, or try again.",
                502,
            ) from error
        if not response.is_success and not failing:
            raise OpenIdError(f"{self.name} answers {response.status_code}; try again in a moment.", 502)
        return response

    def _decoded(self, answer: httpx.Response, kind: type[_Answer]) -> _Answer:
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except msgspec.MsgspecError as error:
            raise OpenIdError(
                f"{self.name} gives an answer that is none ({_brief(error)}); try again.", 502
            ) from None


def _is_of(token: jwt.Token, access_token: str) -> bool:
    """Whether an ID token came with this access token; true of one that does not say (`at_hash`)."""
    said, algorithm = token.claims.get("at_hash"), str(token.header["alg"])
    if said is None or not access_token or algorithm[-3:] not in ("256", "384", "512"):
        return True
    digest = sha2(access_token.encode(), int(algorithm[-3:]))
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
    return hmac.compare_digest(half, str(said))


def _with_query(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
