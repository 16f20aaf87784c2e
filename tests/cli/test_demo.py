"""`avepoint-async demo`."""

from tests.cli.conftest import Run


async def test_the_demonstration_needs_nothing(run: Run) -> None:
    """No account, no setting: a table of coverage on stdout, the rest on stderr, no colours."""
    ended = await run("demo", "--customers", "2", "--concurrency", "64")
    *rows, total = (line for line in ended.out.decode().splitlines() if "%" in line)
    assert ended.status == 0
    assert len(rows) > 1
    assert total.split()[:3] == [str(len(rows)), "tenants", "10,000"]
    assert any(line.startswith("10,000 users of ") for line in ended.lines)
    assert b"\x1b" not in ended.out + ended.err.encode()


async def test_what_is_made_up_depends_on_the_seed_alone(run: Run) -> None:
    """The same seed shows the same table."""
    small = ("demo", "--customers", "1", "--concurrency", "64", "--seed", "2")
    assert (await run(*small)).out == (await run(*small)).out
