"""``python -m avepoint_async.testing`` runs the emulator; see ``command``."""

import sys

from avepoint_async.testing.command import main

if __name__ == "__main__":
    sys.exit(main())
