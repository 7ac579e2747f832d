"""The `preconv` command: `python -m pipelines` does the same."""

from __future__ import annotations

import atexit
import gc
import sys

from pipelines.interruption import end_at_once, heed_signals, status_of


def main() -> None:
    """Run the command line; end in one line where it is interrupted, even while it is loaded."""
    # Python looks for cycles once more at its end. That takes a third of a second, and the system
    # takes the memory back anyway.
    atexit.register(gc.freeze)
    try:
        heed_signals()
        from pipelines.cli import main as run

        run()
    except KeyboardInterrupt as error:
        end_at_once()
        print("\nInterrupted.", file=sys.stderr)
        sys.exit(status_of(error))
    finally:
        end_at_once()


if __name__ == "__main__":
    main()
