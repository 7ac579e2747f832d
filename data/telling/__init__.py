"""What a user is told and shown: warnings, progress, what was left out, tables and sheets."""
