"""One Spark for all tests of this folder, and the service that its workers ask."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from pyspark.sql import DataFrame, SparkSession

from avepoint_async.spark import AvePointDataSource
from avepoint_async.testing import Fleet, ThreadedEmulator
from tests.spark.on_spark.mortal import FLAG

Load: TypeAlias = Callable[..., DataFrame]


def fleet() -> Fleet:
    """Eight tenants of four customers, of one to 1,400 users."""
    return Fleet.of({(f"c{n // 2}", f"t{n}"): 1 + 200 * n for n in range(8)})


@pytest.fixture(scope="session")
def service() -> Iterator[ThreadedEmulator]:
    """A service to which the environment's variables lead, those of Spark's processes too."""
    with ThreadedEmulator(fleet=fleet()) as emulator, pytest.MonkeyPatch.context() as patch:
        for name, value in emulator.settings.items():
            patch.setenv(name, value)
        yield emulator


@pytest.fixture(scope="session")
def spark(
    service: ThreadedEmulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SparkSession]:
    """Spark with two threads, which reads a part again that died, as a cluster does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYTHONPATH", os.pathsep.join(each for each in sys.path if each))
        patch.setenv(FLAG, str(tmp_path_factory.mktemp("flag") / "die"))
        made = (
            SparkSession.builder.master("local[2,4]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate()
        )
        made.dataSource.register(AvePointDataSource)
        yield made
        made.stop()


@pytest.fixture
def load(spark: SparkSession, service: ThreadedEmulator) -> Iterator[Load]:
    """Makes a frame of the table that the options name."""

    def make(**options: Any) -> DataFrame:
        return spark.read.format("avepoint").options(**options).load()

    yield make
    service.clear_script()


@pytest.fixture
def flag() -> Path:
    """A file whose presence makes one worker die."""
    path = Path(os.environ[FLAG])
    path.touch()
    return path
