"""What a user is told of a source: warnings, progress, what was left out."""
