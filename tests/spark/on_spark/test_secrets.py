"""No secret is in anything that Spark shows, logs, writes down or sends."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

from pyspark.sql.types import StructType

from avepoint_async.spark import AvePointDataSource
from avepoint_async.testing import Fault, Fleet, ThreadedEmulator
from tests.spark.on_spark.look_everywhere import LIMIT
from tests.spark.on_spark.mortal import FLAG

MARKER = "somebody@marker.example"


def test_no_secret_in_plans_logs_and_output(tmp_path: Path) -> None:
    """Neither the secret nor a token; what may be shown is found in the same places."""
    made = Fleet.of({("c1", "t1"): 30, ("c1", "t2"): 30, ("c2", "t3"): 3000})
    with ThreadedEmulator(fleet=made) as emulator:
        emulator.script(Fault.status(403), tenant=("c1", "t1"), times=None)
        variables = {
            FLAG: str(tmp_path / "nowhere"),
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONPATH": os.pathsep.join(each for each in sys.path if each),
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.spark.on_spark.look_everywhere", tmp_path, MARKER],
            env=os.environ | emulator.settings | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        secret = emulator.settings["AVEPOINT_CLIENT_SECRET"]
        tokens = {each.headers["Authorization"].split()[1] for each in emulator.api_requests}
    assert done.returncode == 0, done.stderr
    logged = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert tokens
    for place in (done.stdout, done.stderr, logged):
        for hidden in (secret, *tokens):
            assert hidden not in place
    # the places are those where Spark shows what it was given
    assert "PermissionDeniedError" in done.stdout
    assert "== Physical Plan ==" in done.stdout
    assert MARKER in logged
    assert "avepoint" in logged
    # and nothing of ours complains when Spark stops reading
    before, _, after = done.stderr.partition(LIMIT)
    assert "avepoint_async" in before
    assert "avepoint_async" not in after


def test_no_secret_in_pickles(service: ThreadedEmulator) -> None:
    """What travels to the workers holds ids and options alone."""
    source = AvePointDataSource({"partitions": "2", "maxRequestsPerSecond": "1000"})
    reader = source.reader(StructType())
    parts = reader.partitions()
    assert len(parts) == 2
    for travels in (source, reader, parts):
        assert service.settings["AVEPOINT_CLIENT_SECRET"].encode() not in pickle.dumps(travels)
    copied = pickle.loads(pickle.dumps(reader))
    rows = sum(batch.num_rows for part in parts for batch in copied.read(part))
    assert rows == sum(len(service.fleet.users(ref)) for ref in service.fleet.refs())
