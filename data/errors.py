"""The one exception for images that cannot be used as they are."""


class DataError(ValueError):
    """Data from outside are missing, damaged, unsafe or not what was asked for.

    The message names the file, the record or member where there is one, what was found and what
    was expected.
    """
