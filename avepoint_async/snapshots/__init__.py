"""A night's answer on disk: taken once, survives any crash, read by anything (extra ``snapshots``).

::

    History.take ─ discovery → fan-out → writer ─ segment, manifest ─┐
                                                                     └→ seal → Run ─ export
                                                               two of them → compare → Diff

Answers are committed a few seconds after they came (``writer``): a segment, then the line of the
manifest that makes it count. When every tenant is through, the segments become sorted Parquet
(``seal``) under the run's final name. Only such a run is ever read.
"""

from importlib.util import find_spec

from avepoint_async.errors import ConfigurationError

for _module in ("pyarrow", "filelock"):
    if find_spec(_module) is None:
        _message = f"snapshots need {_module}: pip install 'avepoint-async[snapshots]'"
        raise ConfigurationError(_message)

from avepoint_async.snapshots.as_of import LastRead  # noqa: E402
from avepoint_async.snapshots.compare.change import Change, ChangeKind  # noqa: E402
from avepoint_async.snapshots.compare.diff import Diff  # noqa: E402
from avepoint_async.snapshots.errors import HistoryBusyError, SnapshotError  # noqa: E402
from avepoint_async.snapshots.history import History  # noqa: E402
from avepoint_async.snapshots.run import Run  # noqa: E402
from avepoint_async.snapshots.summary import ModuleCounts, Summary  # noqa: E402
from avepoint_async.snapshots.take import TakeProgress  # noqa: E402

__all__ = [
    "Change",
    "ChangeKind",
    "Diff",
    "History",
    "HistoryBusyError",
    "LastRead",
    "ModuleCounts",
    "Run",
    "SnapshotError",
    "Summary",
    "TakeProgress",
]
