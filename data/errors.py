"""What a user can mend is raised as one family of errors, whose base is `PreconvError`."""


class PreconvError(Exception):
    """Something that the user can mend: an input, a setting, a file, room on a disk.

    The message says what was given and where, what was expected, and what to do.
    """


class ParameterError(PreconvError, ValueError):
    """A parameter of an extractor or a function is not what it may be.

    The message names the parameter, what it may be, and what was given.
    """


class DataError(PreconvError, ValueError):
    """Data from outside are missing, damaged, unsafe or not what was asked for.

    The message names the file, the record or member where there is one, what was found and what
    was expected.
    """


class UnreadableImageError(DataError):
    """One image file is damaged, or of a kind that is not read; others may be right."""


class UnequalSizesError(DataError):
    """The images of a source are not of one size, and no size was asked for."""


class CacheError(PreconvError, ValueError):
    """A setting of the cache has a value that is not allowed."""


class DataWarning(UserWarning):
    """Data are read, but not all of what lies there, or not all is as it should be."""


def as_one_line(error: BaseException, most: int = 500) -> str:
    r"""Return the kind of an error and its message on one line of bounded length.

    Examples
    --------
    >>> as_one_line(ValueError("no such\n   shape"))
    'ValueError: no such shape'
    """
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:most] if text else type(error).__name__
