"""What a comparison found: the report, its predictions and its statistics."""
