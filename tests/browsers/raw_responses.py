"""What a server without the library might answer: to a preflight, and to a request. It tells the engines apart."""

from __future__ import annotations

ECHO = "the request's own origin"
TWO_LINES = " + "  # separates the values of two header lines

MAX_AGES = {
    "zero": "0",
    "one": "1",
    "long": "600",
    "padded": "0600",
    "negative": "-1",
    "minus-zero": "-0",
    "minus-word": "-a",
    "signed": "+600",
    "fraction": "600.5",
    "exponent": "1e3",
    "unit": "600s",
    "word": "abc",
    "empty": "",
    "int64": str(2**63 - 1),
    "over-int64": str(2**63),
    "under-int64": str(-(2**63) - 1),
    "huge": "9" * 30,
    "list": "600, 600",
    "two-lines": f"600{TWO_LINES}600",
    "two-other-lines": f"600{TWO_LINES}1",
    "quoted": '"600"',
    "spaces": "6 00",
    "semicolon": "600;",
}


def raw_responses(front: str) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """Return the headers of the responses to a preflight and to a request, by name.

    Where nothing is said, preflights allow what they ask for, for 600 seconds.

    Args:
        front: The origin that some of them allow.
    """
    return {
        "star": ({"Origin": "*", "Methods": "*", "Headers": "*"}, {"Origin": "*"}),
        "lists": ({"Origin": front, "Methods": "GET, PUT", "Headers": "x-one"}, {"Origin": front}),
        "asked": ({"Origin": front, "Credentials": "true"}, {"Origin": front, "Credentials": "true"}),
        "unreadable": ({"Origin": front, "Methods": "PUT"}, {}),
        "echo": ({"Origin": ECHO, "Credentials": "true"}, {"Origin": ECHO, "Credentials": "true"}),
        "no-headers": ({"Origin": ECHO, "Headers": ""}, {"Origin": ECHO}),
        "no-methods": ({"Origin": ECHO, "Methods": ""}, {"Origin": ECHO}),
        "only-null": ({"Origin": "null"}, {"Origin": "null"}),
        **{f"age-{name}": ({"Origin": ECHO, "Max-Age": value}, {"Origin": ECHO}) for name, value in MAX_AGES.items()},
    }
