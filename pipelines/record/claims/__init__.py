"""What a report claims, held against what was found when it was run again."""
