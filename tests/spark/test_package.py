"""The package itself: it needs pyspark for nothing but the class that Spark is given."""

import subprocess
import sys

import pytest

from avepoint_async import spark


def test_pyspark_is_not_imported_before_it_is_needed() -> None:
    """Options, plans and rows work where pyspark is absent."""
    program = (
        "import sys; sys.modules['pyspark'] = None\n"
        "from avepoint_async import spark\n"
        "from avepoint_async.spark import reading\n"
        "assert spark.__all__ == ['AvePointDataSource']\n"
        "try: spark.AvePointDataSource\n"
        "except ImportError as error: print(error)\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "pyspark" in done.stdout
    assert done.stderr == ""


def test_a_name_that_is_not_there_is_told() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match=r"'avepoint_async.spark' has no attribute 'Missing'"):
        _ = spark.Missing
