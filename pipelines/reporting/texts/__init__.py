"""What a report says in words and numbers."""
