"""Arrays for workers that do not see this process's files: placed there once, or made there."""
