"""``python -m avepoint_async`` is ``avepoint-async``."""

import sys

from avepoint_async.cli import main

sys.exit(main())
