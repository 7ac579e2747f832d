"""Ctrl-C, a request to end and a terminal that closes all end a command in one way.

It is imported first, and imports nothing that takes time, so that they do so from the beginning.
"""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
_LATER_S = 0.05
_IMPORTER = "<frozen importlib._bootstrap>"


class Interruption(KeyboardInterrupt):
    """Somebody wants the process to end.

    Parameters
    ----------
    number : int
        The signal that said so.
    """

    def __init__(self, number: int = signal.SIGINT) -> None:
        super().__init__()
        self.number = number


def status_of(error: KeyboardInterrupt) -> int:
    """Return the exit status: 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP."""
    return 128 + (error.number if isinstance(error, Interruption) else signal.SIGINT)


def heed_signals() -> None:
    """Let the signals that ask this process to end raise `Interruption`, where none was ignored."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in _ENDING:
        number = getattr(signal, name, None)
        ours = (signal.SIG_DFL, signal.default_int_handler)
        if number is not None and signal.getsignal(number) in ours:
            signal.signal(number, _interrupt)
    sys.unraisablehook = _unraisable


def end_at_once() -> None:
    """Let the same signals end this process without a word: all that had to be said was said."""
    for name in _ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is _interrupt:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if _imports(frame):
        _ask_later(number)
    else:
        raise Interruption(number)


def _imports(frame: FrameType | None) -> bool:
    """Say whether a module is being imported: cut there, half of it stays and fails later."""
    while frame is not None:
        if frame.f_code.co_filename == _IMPORTER:
            return True
        frame = frame.f_back
    return False


def _unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    """Ask again a little later if it was while Python cleaned up, where exceptions are lost."""
    error = unraisable.exc_value
    if isinstance(error, Interruption):
        _ask_later(error.number)
    else:
        sys.__unraisablehook__(unraisable)


def _ask_later(number: int) -> None:
    again = threading.Timer(_LATER_S, _ask, [number])
    again.daemon = True
    again.start()


def _ask(number: int) -> None:
    """Send a signal to the main thread, so that it also ends what that waits for."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, number)
    else:
        signal.raise_signal(number)
