"""The page as text, and how it is written."""

import hashlib
import os
import re
import resource
import stat
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from avepoint_async.errors import ConfigurationError
from avepoint_async.report.model import build_report
from avepoint_async.report.page import render, write_report
from avepoint_async.snapshots.readable import ReadableHistory
from tests.report.fleets import fleet
from tests.snapshots.nights import Nights, Summary, Tenant, User, night

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
HERE = ("c", "t")


def page(history: ReadableHistory, *, addresses: bool = False) -> str:
    """The page of a history."""
    return render(build_report(history, NOW, addresses=addresses))


def words(html: str) -> str:
    """What a reader sees of it, without mark-up and style."""
    text = re.sub(
        r"<style>.*?</style>|<wbr>|</?(?:bdi|b|time|span)\b[^>]*>", "", html, flags=re.DOTALL
    )
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_the_policy_admits_the_style_sheet_alone() -> None:
    """Its hash is that of what stands between the tags; scripts, images and hosts are refused."""
    html = page(fleet(tenants=3, nights=2))
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src &#39;none&#39;; style-src &#39;sha256-{digest}&#39;;" in html
    assert not re.findall(r"<script|\sstyle=|\son\w+=\"|https?://|src=\"", html)


def test_no_address_unless_asked_for() -> None:
    """With addresses the page names users, and says so."""
    history = fleet(tenants=5, nights=3)
    plain, named = page(history), page(history, addresses=True)
    assert not re.search(r"user\d+@", plain.replace("<wbr>", ""))
    assert "No user is named here" in plain
    assert re.search(r"user\d+@tenant\d+\.example", named.replace("<wbr>", ""))
    assert "Users are named here" in named


@pytest.mark.parametrize("tenants", [20, 200, 2000])
def test_the_size_of_the_page(tenants: int) -> None:
    """It can be mailed, however large the fleet."""
    assert len(page(fleet(tenants=tenants, nights=2, users=3)).encode()) < 400_000


def test_before_the_first_night() -> None:
    """It says how to take one."""
    text = words(page(Nights([])))
    assert "There is no finished night yet" in text
    assert "avepoint-async snapshot DIR" in text


def test_after_the_first_night() -> None:
    """There is nothing to compare with, and it says so."""
    text = words(page(Nights([night({HERE: [User(email="a@x")]})])))
    assert "This is the first night" in text
    assert "There is no night before this one to compare with" in text
    assert "Everything that the service lists is protected" in text
    assert "The answer is whole" in text
    assert "Every tenant was read" in text


def test_nobody_is_there() -> None:
    """A fleet without users has no percentages, and no division by nothing."""
    assert words(page(Nights([night({HERE: []})]))).count("No user is known yet.") == 2


def test_nothing_is_listed() -> None:
    """A module that the service lists for nobody has no percentage."""
    bare = [User(email="a@x", mailbox=None, onedrive=None)]
    text = words(page(Nights([night({HERE: bare})])))
    assert "none is listed" in text
    assert "0 protected 0 not protected 1 not listed" in text


def test_one_is_not_many() -> None:
    """Counts of one have the singular."""
    summary = Summary(requests=1, throttled=2)
    first = night({HERE: [User(email="a@x", mailbox=False, onedrive=False)]}, summary=summary)
    text = words(page(Nights([first])))
    assert "1 mailbox and 1 OneDrive are not protected" in text
    assert "(40 min, 1 request, 2 refused)" in text
    assert "in 1 customer, 1 tenant" in text


@pytest.mark.parametrize(
    ("users", "sentence"),
    [
        ([User(email="a@x", mailbox=False)], "1 mailbox is not protected"),
        (
            [User(email="a@x", onedrive=False, other_modules="7=false")] * 2,
            ("2 OneDrives and 2 of module 7 are not protected"),
        ),
        (
            [User(email="a@x", mailbox=False, onedrive=False, other_modules="7=false")],
            ("1 mailbox, 1 OneDrive and 1 of module 7 are not protected"),
        ),
        ([User(email="a@x", other_modules="7=false;9=true")], "1 of module 7 is not protected"),
    ],
)
def test_the_first_sentence(users: list[User], sentence: str) -> None:
    """It names what is not protected, of every module that has a gap."""
    assert sentence in words(page(Nights([night({HERE: users})])))


def test_the_trend_in_words() -> None:
    """Beside each chart stands how it changed; a night's numbers are in the table below it."""
    bad, good = User(email="a@x", mailbox=False), User(email="a@x")
    other = User(email="b@x", onedrive=False)
    nights = [night({HERE: rows}, day=day) for day, rows in enumerate([[bad], [good, other]])]
    text = words(page(Nights(nights)))
    assert "0 ▼ 1 since the night before" in text
    assert "1 ▲ 1 since the night before" in text
    assert "2 Nov 2026 2 0 1 0 1 Nov 2026 1 1 0 0" in text
    same = words(page(Nights([night({HERE: [bad]}, day=day) for day in range(2)])))
    assert "1 as the night before" in same


def test_runs_of_one_day_are_told_by_the_hour() -> None:
    """Their day is the same, and tells nothing."""
    first = night({HERE: []})
    later = attrs.evolve(first, id="later", started_at=first.started_at + timedelta(hours=3))
    text = words(page(Nights([first, later])))
    assert text.count("02:00 UTC05:00 UTC") == 2
    assert "1 Nov 2026, 05:00 UTC 0 0 0 0 1 Nov 2026, 02:00 UTC 0 0 0 0" in text


def test_every_change_has_its_words() -> None:
    """Renamed users tell their old name, new ones their modules, tenants a warning at need."""
    before = [User(email="a@x", id="1"), User(email="b@x", id="2"), User(email="d@x", id="4")]
    after = [
        User(email="new@x", id="1"),
        User(email="b@x", id="2", other_modules="7=true"),
        User(email="c@x", id="3", mailbox=False),
    ]
    nights = [night({HERE: before, ("gone", "t"): []}), night({HERE: after}, day=1)]
    text = words(page(Nights(nights), addresses=True))
    assert "Renamed was a@x" in text
    assert "Newly listed Module 7" in text
    assert "Appeared mailbox not protected, onedrive protected" in text
    assert "Mind: 1 of 2 tenants are gone from the roster at once" in text
    assert "Module 7 100 % 1 protected 0 not protected 2 not listed" in text


@pytest.mark.parametrize(("failed", "folded"), [(10, 0), (11, 1), (250, 190)])
def test_many_tenants_that_could_not_be_read(failed: int, folded: int) -> None:
    """Ten are shown at once, so that coverage is not far below; more unfold, up to 200."""
    down = Tenant(state="failed", error="ServerError", status=503, message="broken")
    html = page(Nights([night({(f"c{n:03}", "t"): down for n in range(failed)})]))
    shown, _, rest = html.partition('<details class="rest">')
    assert shown.count('<p class="why">') == 10
    assert rest.count('<p class="why">') == folded
    assert (f"<summary>{failed - 10} more</summary>" in rest) == (folded > 0)
    assert ("… and 50 more tenants." in rest) == (failed == 250)


def test_a_night_that_moved_is_not_whole() -> None:
    """Not whole, though every tenant was read: the list of tenants, or one of users, moved."""
    text = words(page(Nights([night({HERE: Tenant(state="drifted")})])))
    assert "The answer is not whole: the list of tenants, or a tenant" in text


@pytest.mark.parametrize(
    ("seconds", "span"),
    [
        (0.2, "02:00 UTC (under 1 s)"),
        (42, "02:00 UTC (42 s)"),
        (2400, "02:40 UTC (40 min)"),
        (90000, "03:00 UTC (25 h 0 min)"),
    ],
)
def test_how_long_it_took(seconds: float, span: str) -> None:
    """In the largest units; the day of the end stands there if it is another one."""
    run = night({HERE: []}, minutes=seconds / 60)
    text = words(page(Nights([run])))
    assert span in text
    assert ("to 2 Nov 2026" in text) == (seconds == 90000)


def test_the_file_is_written_whole(tmp_path: Path) -> None:
    """It replaces the one before, belongs to its owner alone, and nothing is left beside it."""
    path = tmp_path / "report.html"
    path.write_text("old")
    write_report(fleet(tenants=2, nights=2), path)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """The error names the file; the report before it stays, and nothing is left beside it."""
    path = tmp_path / "report.html"
    path.write_text("old")
    bound = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, bound[1]))
    try:
        with pytest.raises(ConfigurationError, match=r"report\.html: File too large"):
            write_report(fleet(tenants=2, nights=2), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, bound)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_no_device_gives_way_to_a_file(tmp_path: Path) -> None:
    """What is there and no file stays what it is; a link stays, and leads to the report."""
    pipe, link = tmp_path / "pipe", tmp_path / "link.html"
    os.mkfifo(pipe)
    link.symlink_to("report.html")
    with pytest.raises(ConfigurationError, match="pipe: it is there, and no file"):
        write_report(Nights([]), pipe)
    assert pipe.is_fifo()
    write_report(Nights([]), link)
    assert link.is_symlink()
    assert (tmp_path / "report.html").is_file()


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """The error names it, what was there stays, and nothing is left beside it."""
    with pytest.raises(ConfigurationError, match=r"none/report\.html: there is no such folder"):
        write_report(Nights([]), str(tmp_path / "none" / "report.html"))
    occupied = tmp_path / "report.html"
    occupied.mkdir()
    with pytest.raises(ConfigurationError, match=r"report\.html: it is there, and no file"):
        write_report(Nights([]), occupied)
    assert list(tmp_path.iterdir()) == [occupied]
