"""Licensed users against the users of a night, and lists of them out of files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avepoint_async.errors import ConfigurationError
from avepoint_async.refs import TenantRef
from avepoint_async.snapshots.compare.gaps import gaps
from avepoint_async.snapshots.compare.licensed import read_licensed
from tests.snapshots.nights import Tenant, User, night

HERE = ("contoso", "main")
NIGHT = night(
    {
        HERE: [
            User(email="Ada@contoso.com", id="ID-1"),
            User(email="bob@contoso.com", mailbox=False),
            User(email="cid@contoso.com", mailbox=None, onedrive=None),
            User(email="dan@contoso.com", onedrive=None, other_modules="7=false"),
            User(email="eve@contoso.com", mailbox=None, onedrive=None, other_modules="7=true"),
        ],
        ("fabrikam", "main"): Tenant(state="failed", error="ServerError", message="broken"),
    }
)


def test_each_entry_has_one_verdict() -> None:
    """Protected, unprotected, nothing listed, or missing in the backup; and who is on no list."""
    names = ["ada", "bob", "cid", "dan", "zoe"]
    found = gaps(NIGHT, [f"{name}@contoso.com" for name in names])
    assert found.protected == ("ada@contoso.com",)
    assert found.unprotected == ("bob@contoso.com", "dan@contoso.com")
    assert found.undetermined == ("cid@contoso.com",)
    assert found.missing == ("zoe@contoso.com",)
    assert found.unlisted == ("eve@contoso.com",)
    assert (found.licensed, found.exposed) == (5, 4)


def test_what_is_missing_may_be_where_nobody_could_read() -> None:
    """A tenant that failed is named: its users are not known to be missing."""
    found = gaps(NIGHT, ["zoe@fabrikam.com"])
    assert found.missing == ("zoe@fabrikam.com",)
    assert found.unread == {TenantRef("fabrikam", "main"): "ServerError: broken"}


def test_entries_match_by_address_or_id_in_any_case() -> None:
    """Blanks and case do not matter; an entry given twice counts once."""
    found = gaps(NIGHT, ["  ADA@Contoso.COM ", "ada@contoso.com", "id-1"])
    assert found.protected == ("ADA@Contoso.COM", "id-1")


def test_one_unprotected_module_in_any_tenant_is_enough() -> None:
    """A user in two tenants is exposed if either leaves a module unprotected."""
    twice = {("a", "t"): [User(email="x@y")], ("b", "t"): [User(email="x@y", onedrive=False)]}
    assert gaps(night(twice), ["x@y"]).unprotected == ("x@y",)


@pytest.mark.parametrize(
    ("licensed", "words"),
    [
        ("ada@contoso.com", "not one text"),
        ([], "licensed is empty"),
        (["a@b", " "], "entry 2 of licensed"),
        ([None], "entry 1 of licensed"),
    ],
)
def test_a_list_that_is_none_is_refused(licensed: list[str], words: str) -> None:
    """An empty list would make everybody protected."""
    with pytest.raises(ConfigurationError, match=words):
        gaps(NIGHT, licensed)


@given(st.lists(st.tuples(st.sampled_from([None, True, False]), st.booleans())))
def test_every_entry_and_every_user_is_told_once(users: list[tuple[bool | None, bool]]) -> None:
    """Nobody is lost between the verdicts, and nobody stands in two."""
    rows = [User(email=f"{n}@x", mailbox=m, onedrive=None) for n, (m, _) in enumerate(users)]
    licensed = [f"{n}@x" for n, (_, is_licensed) in enumerate(users) if is_licensed]
    found = gaps(night({HERE: rows}), [*licensed, "nobody@x"])
    verdicts = [*found.protected, *found.unprotected, *found.undetermined, *found.missing]
    assert sorted(verdicts) == sorted([*licensed, "nobody@x"])
    assert sorted([*found.unlisted, *licensed]) == sorted(row.email for row in rows)


@pytest.mark.parametrize(
    ("name", "text", "column"),
    [
        ("a.csv", "email\na@x\n\nb@y\n", None),
        ("a.csv", "\ufeffa@x\r\nb@y\r\n", None),
        ("A.CSV", "Name;User principal name\nA;a@x\nB; b@y \nC;\nD\n", None),
        ("a.csv", "Display name\tMail\tId\nA\ta@x\t1\nB\tb@y\t2\n", None),
        ("a.csv", 'who,mail\na@x,"1,5"\nb@y,2\n', "WHO"),
        ("a.csv", "anything\na@x\nb@y\n", None),
        ("a.jsonl", '"a@x"\n\n"b@y"\n', None),
        ("a.ndjson", '{"id": "1", "mail": "a@x"}\n{"mail": "b@y", "id": "2"}\n', None),
        ("a.jsonl", '{"n": "a@x", "m": 1}\n{"n": null, "m": 1}\n{"n": "b@y", "m": 1}\n', "n"),
    ],
)
def test_lists_in_every_shape(tmp_path: Path, name: str, text: str, column: str | None) -> None:
    """Delimiters, headings, byte order marks, blank lines and usual names are understood."""
    path = tmp_path / name
    path.write_bytes(text.encode())
    assert read_licensed(path, column) == ["a@x", "b@y"]


@pytest.mark.parametrize(
    ("name", "text", "column", "words"),
    [
        ("a.xlsx", "", None, r"a\.xlsx: the name must end with \.csv, \.jsonl, \.ndjson"),
        ("a.csv", "a,b\n1,2\n", None, r"a\.csv: name the column to take, one of 'a', 'b'"),
        ("a.csv", "a,b\n1,2\n", "c", r"a\.csv: no column 'c', only 'a', 'b'"),
        ("a.csv", "", None, r"name the column to take, one of none"),
        ("a.csv", "email\n", None, r"holds no address and no id"),
        ("a.csv", 'email\n"a@x"b\n', None, r"a\.csv, line 2: no CSV: "),
        ("a.csv", "email\n\xe9@x\n", None, r"is not UTF-8"),
        ("a.jsonl", '"a@x"\n{"email": \n', None, r"a\.jsonl, line 2: no JSON: "),
        ("a.jsonl", '{"email": 7}\n', None, r"line 1: an address or an id must be a text; got 7"),
        ("a.jsonl", '{"a": "x", "b": "y"}\n', None, r"line 1: name the column to take"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(
    tmp_path: Path, name: str, text: str, column: str | None, words: str
) -> None:
    """The error says which file, which line, what was found and what to do."""
    path = tmp_path / name
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=words):
        read_licensed(path, column)


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(ConfigurationError, match=r"none\.csv cannot be read: No such file"):
        read_licensed(str(tmp_path / "none.csv"))
