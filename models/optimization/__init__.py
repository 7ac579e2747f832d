"""What to do with a gradient: rules, schedules, and doing it fast."""
