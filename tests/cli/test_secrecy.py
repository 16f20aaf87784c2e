"""The command shows no secret and no token, however much it is asked to say."""

from pathlib import Path

import pytest

from avepoint_async.testing import Emulator, Fault
from tests.cli.conftest import Ended, Run
from tests.secrecy.conftest import FILE, PASSWORD, SECRET, hidden
from tests.secrecy.echo import REPLIES, Echo, echoing

JOBS = {
    "doctor": ("doctor", "--customer", "c1", "--tenant", "t1"),
    "users": ("users", "c1", "t1", "-f", "jsonl"),
    "fleet": ("fleet", "-f", "jsonl"),
}
BY_JOB = pytest.mark.parametrize("job", JOBS)


def told(ended: Ended, *sent: str) -> list[str]:
    """What of all that must not be seen stands in what the command wrote."""
    written = ended.out.decode() + ended.err
    return [piece for piece in hidden(*sent) if piece in written]


def settings(echo: Echo) -> dict[str, str]:
    """The variables that lead to a server that repeats what it is sent."""
    return {
        "AVEPOINT_CLIENT_ID": "app",
        "AVEPOINT_CLIENT_SECRET": SECRET,
        "AVEPOINT_GRAPH_URL": echo.url,
        "AVEPOINT_TOKEN_URL": f"{echo.url}/connect/token",
    }


@BY_JOB
async def test_a_run(emulator: Emulator, run: Run, job: str) -> None:
    """With a trouble that is outlasted and told, since it was asked for all that there is."""
    emulator.script(Fault.status(500), kind="token")
    ended = await run(*JOBS[job], "-vv", at=emulator)
    assert ended.status == 0
    assert "token, attempt 1: sent again" in ended.err
    sent = [each.headers["Authorization"].split()[1] for each in emulator.api_requests]
    assert told(ended, emulator.tokens.client_secret, *sent) == []


@pytest.mark.parametrize(
    ("job", "reply"),
    [
        *((job, reply) for job in JOBS for reply in ("words", "code", "text", "no JSON")),
        # tried again, and so with the patience of the doctor
        *(("doctor", reply) for reply in ("request id", "odd header", "half a body")),
    ],
)
@pytest.mark.parametrize("kind", ["token", "api"])
async def test_a_server_that_repeats(run: Run, job: str, kind: str, reply: str) -> None:
    """What it was sent stands in no finding and no line."""
    async with echoing(**{kind: REPLIES[reply]}) as echo:
        ended = await run(*JOBS[job], "-vv", **settings(echo))
        assert ended.status == 1
        assert told(ended, *echo.sent) == []


@BY_JOB
@pytest.mark.parametrize(
    "variables",
    [
        {"AVEPOINT_CLIENT_ID": "app", "AVEPOINT_CLIENT_SECRET": f"{SECRET}\n"},
        {"AVEPOINT_CLIENT_ID": "app", "AVEPOINT_CLIENT_CERTIFICATE_PATH": FILE.decode()},
        {"AVEPOINT_CLIENT_ID": "", "AVEPOINT_CLIENT_SECRET": SECRET},
    ],
    ids=["secret", "path", "other"],
)
async def test_wrong_settings(run: Run, job: str, variables: dict[str, str]) -> None:
    """Each is named, and none is shown."""
    ended = await run(*JOBS[job], "-vv", **variables, AVEPOINT_CLIENT_CERTIFICATE_PASSWORD=PASSWORD)
    assert ended.status in {1, 2}
    assert "AVEPOINT_" in ended.out.decode() + ended.err
    assert told(ended) == []


async def test_a_certificate_that_does_not_open(run: Run, tmp_path: Path) -> None:
    """The file is named; its password is not."""
    (tmp_path / "app.pem").write_bytes(FILE)
    ended = await run(
        *JOBS["doctor"],
        AVEPOINT_CLIENT_ID="app",
        AVEPOINT_CLIENT_CERTIFICATE_PATH=str(tmp_path / "app.pem"),
        AVEPOINT_CLIENT_CERTIFICATE_PASSWORD=f"{PASSWORD}-but-another",
    )
    assert "app.pem" in ended.out.decode()
    assert told(ended) == []
