"""What texture is made of: grey levels, local binary patterns, pairs of grey levels."""
