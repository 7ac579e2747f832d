"""What a run takes of memory."""
