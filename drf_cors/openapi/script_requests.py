"""The request that the query string of the explain view describes, with header values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from drf_cors.core.fetch import cors_unsafe_request_header_names
from drf_cors.core.verdict import CorsRequest


@dataclass(frozen=True, kw_only=True)
class ScriptRequest:
    """A request that a script wants to send.

    Attributes:
        origin: The origin of the script's page, as in the `Origin` header.
        method: As the script sends it; "" before the operation is known.
        sent: Names and values of the request headers that the script sets, without those that
            browsers drop.
        credentials: Whether the script sends credentials, as cookies.
    """

    origin: str
    method: str
    sent: tuple[tuple[str, str], ...] = ()
    credentials: bool = False

    @cached_property
    def cors_request(self) -> CorsRequest:
        """The parts of the request on which CORS depends."""
        return CorsRequest(
            origin=self.origin,
            method=self.method,
            headers=",".join(cors_unsafe_request_header_names(self.sent)),
            credentials=self.credentials,
        )
