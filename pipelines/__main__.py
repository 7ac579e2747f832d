"""The `preconv` command: `python -m pipelines` does the same."""

from pipelines.cli import main

if __name__ == "__main__":
    main()
