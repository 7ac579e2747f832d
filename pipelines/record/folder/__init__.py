"""The files of reports: where they are, and what would be lost."""
