"""Faults and the error that carries them: their words, without Django."""

import pickle

import pytest
from django.core.exceptions import ImproperlyConfigured

from drf_cors.core.errors import WHY, CorsConfigurationError, Fault, logged, logged_text, shown
from tests.tables import named_rows

SLASH = Fault(
    field="allowed_origins",
    value="https://shop.example/",
    reason="trailing-slash",
    remedy="write 'https://shop.example'",
)
CREDENTIALS = Fault(
    field="allow_credentials",
    value="yes",
    reason="wrong-type",
    remedy="write allow_credentials=True, or a list of the origins that may send them",
)


class Unshowable:
    def __repr__(self):
        raise RuntimeError("no repr today")


class Größe(Unshowable):  # noqa: PLC2401 - the name is the case
    """A type whose name is not ASCII."""


def test_a_fault_reads_as_field_value_reason_and_right_form():
    assert str(SLASH) == (
        "allowed_origins: 'https://shop.example/' ends with a slash; an origin has no path; write 'https://shop.example'."
    )


def test_a_fault_is_frozen_and_compares_by_value():
    same = Fault(field=SLASH.field, value=SLASH.value, reason=SLASH.reason, remedy=SLASH.remedy)
    assert same == SLASH
    with pytest.raises(AttributeError):
        SLASH.field = "other"  # type: ignore[misc]  # that is the test


def test_a_fault_goes_by_the_name_of_its_setting_in_the_remedy_too():
    named = CREDENTIALS.named({"allow_credentials": "CORS_ALLOW_CREDENTIALS"})
    assert named.field == "CORS_ALLOW_CREDENTIALS"
    assert named.remedy == "write CORS_ALLOW_CREDENTIALS = True, or a list of the origins that may send them"
    assert (named.value, named.reason) == (CREDENTIALS.value, CREDENTIALS.reason)


def test_a_remedy_keeps_what_has_no_other_name():
    assert CREDENTIALS.named({"allowed_origins": "CORS_ALLOWED_ORIGINS"}) == CREDENTIALS


def test_an_error_is_django_s_and_holds_all_faults():
    error = CorsConfigurationError(iter([SLASH, CREDENTIALS]))
    assert isinstance(error, ImproperlyConfigured)
    assert error.faults == (SLASH, CREDENTIALS)


@named_rows(
    "faults, opening",
    {"one": ([SLASH], "1 fault in CorsPolicy(...):"), "two": ([SLASH, CREDENTIALS], "2 faults in CorsPolicy(...):")},
)
def test_all_faults_are_told_in_one_message(faults, opening):
    lines = str(CorsConfigurationError(faults)).splitlines()
    assert lines == [opening, *(f"  - {fault}" for fault in faults)]


def test_the_place_is_named_by_whoever_knows_it():
    error = CorsConfigurationError([SLASH, CREDENTIALS]).at(
        "settings.CORS_POLICIES['partners']", {"allow_credentials": "CORS_ALLOW_CREDENTIALS"}
    )
    assert isinstance(error, CorsConfigurationError)
    assert error.where == "settings.CORS_POLICIES['partners']"
    assert [fault.field for fault in error.faults] == ["allowed_origins", "CORS_ALLOW_CREDENTIALS"]
    assert str(error).startswith("2 faults in settings.CORS_POLICIES['partners']:\n")


def test_the_place_alone_can_be_named():
    assert CorsConfigurationError([SLASH]).at("cors(...)").faults == (SLASH,)


def test_an_error_pickles_so_that_it_survives_a_worker_process():
    error = pickle.loads(pickle.dumps(CorsConfigurationError([SLASH, CREDENTIALS], "cors(...)")))
    assert (error.faults, error.where) == ((SLASH, CREDENTIALS), "cors(...)")
    assert str(error) == str(CorsConfigurationError([SLASH, CREDENTIALS], "cors(...)"))


@pytest.mark.parametrize("reason", sorted(WHY))
def test_every_reason_has_a_sentence_that_follows_a_value(reason):
    assert WHY[reason]
    assert not WHY[reason].endswith(".")
    assert reason == reason.lower()
    assert " " not in reason


@named_rows(
    "value, expected",
    {
        "text": ("https://shop.example", "'https://shop.example'"),
        "control characters": ("a\r\nSet-Cookie: b", r"'a\r\nSet-Cookie: b'"),
        "None": (None, "None"),
        "just short enough": ("x" * 118, "'" + "x" * 118 + "'"),
        "too long": ("x" * 119, "'" + "x" * 118 + "…"),
        "a repr that raises": (Unshowable(), "<Unshowable>"),
    },
)
def test_a_value_is_shown_by_its_repr_within_bounds(value, expected):
    assert shown(value) == expected


@named_rows(
    "value, expected",
    {
        "text": ("https://shop.example", "'https://shop.example'"),
        "control characters": ("a\r\nSet-Cookie: b", r"'a\r\nSet-Cookie: b'"),
        "not ASCII": ("größe", r"'gr\xf6\xdfe'"),
        "characters that terminals and editors obey": ("\u202e\u2028\x7f\x9b", r"'\u202e\u2028\x7f\x9b'"),
        "beyond the first plane": ("\U0001f6d2", r"'\U0001f6d2'"),
        "half a surrogate pair": ("\udcff", r"'\udcff'"),
        "just short enough": ("x" * 118, "'" + "x" * 118 + "'"),
        "too long": ("x" * 119, "'" + "x" * 116 + "..."),
        "too long after escaping": ("ö" * 119, "'" + r"\xf6" * 29 + "..."),
        "very long": ("\U0001f6d2" * 70_000, ("'" + r"\U0001f6d2" * 12)[:117] + "..."),
        "None": (None, "None"),
        "a repr that raises": (Unshowable(), "<Unshowable>"),
        "a type whose name is not ASCII": (Größe(), r"<Gr\xf6\xdfe>"),
    },
)
def test_a_value_is_logged_in_ascii_within_bounds(value, expected):
    assert logged(value) == expected
    assert len(expected) <= 120


@named_rows(
    "text, expected",
    {
        "printable ASCII stays as it is": (
            r"settings.CORS_VIEW_POLICIES['a\\b']",
            r"settings.CORS_VIEW_POLICIES['a\\b']",
        ),
        "not ASCII": ("@cors on größe\nforged", r"@cors on gr\xf6\xdfe\nforged"),
        "just short enough": ("x" * 2000, "x" * 2000),
        "too long": ("x" * 2001, "x" * 1997 + "..."),
    },
)
def test_a_text_is_logged_in_ascii_without_quotes(text, expected):
    assert logged_text(text) == expected


def test_a_fault_can_be_told_of_a_value_without_a_repr():
    fault = Fault(field="allow_methods", value=Unshowable(), reason="not-a-string", remedy="write 'GET'")
    assert str(fault) == "allow_methods: <Unshowable> is not a string; write 'GET'."
