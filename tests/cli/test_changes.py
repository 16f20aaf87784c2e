"""`avepoint-async diff` and `gaps`."""

import csv
import io
import json
from pathlib import Path

import pytest

from avepoint_async.snapshots import History
from avepoint_async.testing import Emulator, Fault, User
from tests.cli.conftest import Run


@pytest.fixture
async def nights(emulator: Emulator, run: Run, tmp_path: Path) -> Path:
    """Two nights: one user lost protection of a mailbox, one came, and one went."""
    folder = tmp_path / "night"
    assert (await run("snapshot", str(folder), at=emulator)).status == 0
    unprotected = User("Zoë@one.example", "Zoë Ångström", ((0, False), (2, False)), "id-zoe")
    emulator.fleet.replace(("c1", "t1"), 0, unprotected)
    emulator.fleet.remove(("c1", "t1"), 1)
    emulator.fleet.insert(("c1", "t1"), 0, "new@one.example")
    assert (await run("snapshot", str(folder), at=emulator)).status == 0
    return folder


KINDS = {"appeared", "gone", "lost_protection"}


async def test_changes_as_rows(nights: Path, run: Run) -> None:
    """Each with its kind, tenant and user; the sum goes to stderr."""
    as_json = await run("diff", str(nights), "-f", "jsonl")
    as_csv = await run("diff", str(nights), "-f", "csv")
    rows = {row["kind"]: row for row in map(json.loads, as_json.out.splitlines())}
    assert set(rows) == KINDS
    assert rows["gone"]["email"] == "bare@one.example"
    lost = rows["lost_protection"]
    assert (lost["email"], lost["module"]) == ("Zoë@one.example", "mailbox")
    assert (lost["before"], lost["after"]) == (True, False)
    assert (lost["customer_id"], lost["tenant_id"]) == ("c1", "t1")
    read = csv.DictReader(io.StringIO(as_csv.out.decode(), newline=""))
    assert {row["kind"]: row["email"] for row in read} == {
        kind: row["email"] for kind, row in rows.items()
    }
    first, second = History(nights).runs()
    assert as_json.status == 0
    assert as_json.lines == [f"{first.id} to {second.id}: 1 appeared, 1 gone, 1 lost protection"]


async def test_changes_as_a_table(nights: Path, run: Run) -> None:
    """One line each, in words."""
    ended = await run("diff", str(nights))
    lost = [line for line in ended.out.decode().splitlines() if "lost protection" in line]
    assert len(lost) == 1
    assert lost[0].split()[-3:] == ["mailbox", "protected", "unprotected"]


async def test_modules_are_told_in_words(nights: Path, emulator: Emulator, run: Run) -> None:
    """Of a user that came or went each module with its state; a new name is left as it is."""
    emulator.fleet.remove(("c1", "t1"), 0)
    odd = User("odd@one.example", "a=true;b", ((2, True), (7, True), (9, False)), "id-odd")
    emulator.fleet.replace(("c1", "t1"), 1, odd)
    emulator.fleet.insert(("c1", "t1"), 0, User("x@one.example", None, ((0, False), (7, True))))
    await run("snapshot", str(nights), at=emulator)
    text = (await run("diff", str(nights))).out.decode()
    assert "mailbox unprotected, 7 protected" in text
    assert "a=true;b <odd@one.example>" in text


async def test_tenants_are_counted_as_tenants(nights: Path, emulator: Emulator, run: Run) -> None:
    """The sum is a sentence."""
    emulator.fleet.remove_customer(0)
    await run("snapshot", str(nights), at=emulator)
    ended = await run("diff", str(nights), "-f", "jsonl")
    assert ended.lines[0].endswith(": 2 tenants gone")


async def test_only_some_kinds(nights: Path, run: Run) -> None:
    """Those that are named; the others are not counted either."""
    kinds = ("--kind", "gone", "--kind", "renamed")
    ended = await run("diff", str(nights), "-f", "jsonl", *kinds)
    assert [json.loads(line)["kind"] for line in ended.out.splitlines()] == ["gone"]
    assert ended.lines[0].endswith(": 1 gone")


async def test_the_other_way_round(nights: Path, run: Run) -> None:
    """Any two runs can be compared, in either order."""
    first, second = (each.id for each in History(nights).runs())
    ended = await run("diff", str(nights), second, first, "-f", "jsonl")
    kinds = {json.loads(line)["kind"] for line in ended.out.splitlines()}
    assert kinds == {"appeared", "gone", "gained_protection"}


async def test_the_exit_code_can_tell(nights: Path, run: Run) -> None:
    """1 if anything changed, as of diff(1); 0 if nothing did, and then nothing is shown."""
    _, second = (each.id for each in History(nights).runs())
    changed = await run("diff", str(nights), "--exit-code")
    same = await run("diff", str(nights), second, second, "--exit-code")
    assert (changed.status, same.status, same.out) == (1, 0, b"")
    assert same.lines[0].endswith(": no change")


async def test_what_cannot_be_compared_is_told(nights: Path, emulator: Emulator, run: Run) -> None:
    """Status 3: a tenant that failed has lost no user, and nothing is known of it."""
    emulator.script(Fault.status(403), tenant=("c1", "t1"), times=None)
    await run("snapshot", str(nights), at=emulator)
    ended = await run("diff", str(nights), "-f", "jsonl")
    assert (ended.status, ended.out) == (3, b"")
    assert len(ended.complaints) == 1
    assert "/ t1: not " in ended.complaints[0]


async def test_a_doubtful_comparison_is_told(nights: Path, emulator: Emulator, run: Run) -> None:
    """Half of the tenants at once are rather a permission that was lost."""
    emulator.fleet.remove_customer(1)
    await run("snapshot", str(nights), at=emulator)
    ended = await run("diff", str(nights), "-f", "jsonl")
    assert any("tenants are gone from the roster at once" in line for line in ended.complaints)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--kind", "no-such"], 2, "no such kind of change: no-such"),
        (["one"], 2, "name both"),
        (["one", "two"], 1, "no sealed run 'one'"),
        (["--format", "xml"], 2, "--format"),
    ],
)
async def test_a_wrong_comparison_is_one_line(
    nights: Path, run: Run, arguments: list[str], status: int, words: str
) -> None:
    """2 for a wrong argument, 1 for a run that is not there."""
    ended = await run("diff", str(nights), *arguments)
    assert (ended.status, ended.out, len(ended.lines)) == (status, b"", 1)
    assert words in ended.lines[0]


async def test_one_night_is_not_enough(run: Run, tmp_path: Path) -> None:
    """Two are compared."""
    ended = await run("diff", str(tmp_path))
    assert (ended.status, len(ended.lines)) == (1, 1)
    assert "has 0 sealed runs; two are compared" in ended.lines[0]


@pytest.fixture
def licensed(tmp_path: Path) -> Path:
    """Who is licensed: one protected, one not, one of whom nothing is listed, and a stranger."""
    path = tmp_path / "licensed.csv"
    people = ["odd@one.example", "zoë@ONE.example", "new@one.example", "stranger@one.example"]
    path.write_text("\n".join(["userPrincipalName,Plan", *(f"{each},E3" for each in people)]))
    return path


async def test_gaps_as_rows(nights: Path, licensed: Path, run: Run) -> None:
    """Each of the list with its state, and users whom the list lacks."""
    ended = await run("gaps", str(nights), "--licensed", str(licensed), "-f", "jsonl")
    states = {row["entry"]: row["state"] for row in map(json.loads, ended.out.splitlines())}
    assert states["zoë@ONE.example"] == "unprotected"
    assert states["stranger@one.example"] == "missing"
    assert list(states.values()).count("unlisted") == 250
    assert ended.status == 0
    assert "4 licensed" in ended.lines[0]
    assert "1 missing" in ended.lines[0]


async def test_gaps_as_a_table(nights: Path, licensed: Path, run: Run) -> None:
    """Only those who are not known to be protected."""
    ended = await run("gaps", str(nights), "--licensed", str(licensed))
    text = ended.out.decode()
    assert "stranger@one.example" in text
    assert "unlisted" not in text


@pytest.mark.parametrize(("threshold", "status"), [("0", 3), ("4", 0)])
async def test_a_threshold_is_an_alert(
    nights: Path, licensed: Path, run: Run, threshold: str, status: int
) -> None:
    """Status 3 above it."""
    options = ("--licensed", str(licensed), "--threshold", threshold)
    assert (await run("gaps", str(nights), *options)).status == status


async def test_nobody_left_out_is_nothing(nights: Path, run: Run, tmp_path: Path) -> None:
    """No table where all who are licensed are protected; column and run can be named."""
    fine = tmp_path / "fine.csv"
    fine.write_text("note,who\nx@y,odd@one.example\n")
    first, second = History(nights).runs()
    options = ("--licensed", str(fine), "--column", "who", "--threshold", "0", "--run")
    ended = await run("gaps", str(nights), *options, second.id)
    assert (ended.status, ended.out.split()[-2:]) == (3, [b"odd@one.example", b"unprotected"])
    fine.write_text(f"note,who\nx@y,{all_protected(nights)}\n")
    ended = await run("gaps", str(nights), *options, first.id)
    assert (ended.status, ended.out) == (0, b"")


def all_protected(nights: Path) -> str:
    """A user all of whose modules are protected in the first night."""
    first, _ = History(nights).runs()
    rows = (row for batch in first.users() for row in batch.to_pylist())
    return next(str(row["email"]) for row in rows if row["mailbox"] and row["onedrive"])


async def test_gaps_beside_a_tenant_that_failed(
    nights: Path, emulator: Emulator, licensed: Path, run: Run
) -> None:
    """Status 3: who is missing may stand in a tenant that could not be read."""
    emulator.script(Fault.status(403), tenant=("c1", "t1"), times=None)
    await run("snapshot", str(nights), at=emulator)
    ended = await run("gaps", str(nights), "--licensed", str(licensed))
    assert ended.status == 3
    assert "who is missing may be there" in ended.complaints[0]


async def test_a_wrong_list_is_a_wrong_argument(nights: Path, licensed: Path, run: Run) -> None:
    """Status 2, and the columns that are there are told."""
    ended = await run("gaps", str(nights), "--licensed", str(licensed), "--column", "nope")
    assert (ended.status, len(ended.lines)) == (2, 1)
    assert "'userPrincipalName'" in ended.lines[0]
