"""What a comparison would do and take, without running it."""
