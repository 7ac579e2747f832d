"""The page of one or several studies: how it was made, what it says, and its HTML."""
