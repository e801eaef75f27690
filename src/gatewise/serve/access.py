"""Who may ask: the names this service goes by, the pages that may call it, the token."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from gatewise.errors import ParameterError
from gatewise.serve.refusal import Refusal

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
FEWEST_TOKEN_CHARACTERS = 16
MOST_TOKEN_CHARACTERS = 4_096
_MAKES_ONE = "python -c 'import secrets; print(secrets.token_urlsafe(32))' makes one"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a service at `host`.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback("example.org")
        (True, True, False, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_token(token: str) -> str:
    """The token without the white space around it.

    Raises:
        ParameterError: It is short, long, or could not be sent in a header.
    """
    token = token.strip()
    if not FEWEST_TOKEN_CHARACTERS <= len(token) <= MOST_TOKEN_CHARACTERS:
        raise ParameterError(
            f"the token has {len(token)} characters, wanted {FEWEST_TOKEN_CHARACTERS} to {MOST_TOKEN_CHARACTERS}",
            hint=_MAKES_ONE,
        )
    if not all("!" <= character <= "~" for character in token):
        raise ParameterError("the token has a character other than those from ! to ~")
    return token


@dataclass(frozen=True)
class Access:
    """The rules.

    Attributes:
        token: That every request must bear, but those for ``/health/live``; None for no token.
        names: Values of Host that are right, with any port or none.
        any_address: Whether an address in digits is right as well. No page of a stranger can be at one that this
            service listens on, whatever a name server says, so that this opens no way for rebinding.
    """

    token: str | None
    names: frozenset[str]
    any_address: bool

    @classmethod
    def of(cls, host: str, token: str | None, allowed: Iterable[str] = ()) -> Access:
        """The rules for a service at `host`.

        Args:
            host: The address to listen on.
            token: See above.
            allowed: More names that the service goes by.

        Raises:
            ParameterError: There must be a token and is none, or it is impossible.
        """
        own = is_loopback(host)
        if not own and token is None:
            raise ParameterError(
                f"--host {host} can be reached from other machines and needs a token",
                hint=f"--token-file FILE, or GATEWISE_TOKEN; {_MAKES_ONE}",
            )
        names = {name.lower() for name in (*LOOPBACK_NAMES, _written(host), *allowed)}
        return cls(None if token is None else check_token(token), frozenset(names), not own)

    def check_host(self, host: str | None) -> None:
        """Raise `Refusal` where Host is not one of our names: DNS rebinding."""
        name = _without_port((host or "").lower())
        if name in self.names or (self.any_address and _is_address(name)):
            return
        raise Refusal(421, "wrong_host", "this service does not go by the name in Host; see --allowed-host")

    def check_origin(self, host: str | None, origin: str | None, site: str | None) -> None:
        """Raise `Refusal` where a page of another origin makes the request: CSRF."""
        if site not in (None, "same-origin", "none"):
            raise Refusal(403, "wrong_origin", "requests by pages of other sites are refused")
        if origin is not None and origin.lower() not in (f"http://{host}".lower(), f"https://{host}".lower()):
            raise Refusal(403, "wrong_origin", "requests by pages of other origins are refused")

    def check_bearer(self, authorization: str | None) -> None:
        """Raise `Refusal` where the token is missing or wrong."""
        if self.token is None:
            return
        kind, _, given = (authorization or "").partition(" ")
        is_right = hmac.compare_digest(given.strip().encode("latin-1", "replace"), self.token.encode())
        if kind.lower() != "bearer" or not is_right:
            headers = {"www-authenticate": 'Bearer realm="gatewise"'}
            raise Refusal(401, "no_token", "wanted the header Authorization: Bearer TOKEN", headers=headers)


def _written(host: str) -> str:
    """As in a Host header."""
    return f"[{host}]" if ":" in host else host


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and (port.isascii() and port.isdigit()) and not host.endswith("]") else host


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name[1:-1] if name.startswith("[") and name.endswith("]") else name)
    except ValueError:
        return False
    return True
