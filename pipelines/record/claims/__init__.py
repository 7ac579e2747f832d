"""Whether a report holds: against itself, and against what was found when it was run again."""
