"""A PostgreSQL server of the tests' own, from Debian's package."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PASSWORD = "pw-7f3a9c"


class MissingServerError(Exception):
    """Raised where there is no PostgreSQL to start."""


@contextmanager
def running(installed: str = "/usr/lib/postgresql") -> Iterator[str]:
    """A server on a free port of the loopback; gives its address.

    Raises:
        MissingServerError: Debian's package is not installed.
    """
    found = sorted(Path(installed).glob("*/bin/pg_ctl"))
    if not found:
        message = "these tests need a PostgreSQL server: apt-get install -y postgresql"
        raise MissingServerError(message)
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        yield from _serve(found[-1].parent, folder)
    finally:
        shutil.rmtree(folder)


def _serve(binaries: Path, folder: Path) -> Iterator[str]:
    user = _unprivileged(folder)
    data, secret = str(folder / "data"), folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    init = ["--username=tester", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"]
    _call([str(binaries / "initdb"), "-D", data, *init], user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -F"
    control = [str(binaries / "pg_ctl"), "-w", "-D", data]
    _call([*control, "-l", str(folder / "log"), "-o", settings, "start"], user)
    try:
        yield f"postgresql://tester:{PASSWORD}@127.0.0.1:{port}/postgres"
    finally:
        _call([*control, "-m", "immediate", "stop"], user)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: as whom it runs then."""
    own = os.getuid()
    account = pwd.getpwuid(own) if own else pwd.getpwnam("postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid}


def _call(command: list[str], user: dict[str, Any]) -> None:
    # Its output goes to a file: the server would hold a pipe open.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(command, stdout=output, stderr=output, cwd="/", check=False, **user)
        output.seek(0)
        assert done.returncode == 0, output.read().decode()
