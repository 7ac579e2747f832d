from __future__ import annotations

from pipelines.running.progress import Remaining, Step


def test_what_is_kept_says_nothing_about_what_is_left() -> None:
    steps = [Step("a", "m", seed) for seed in range(4)]
    remaining = Remaining(steps)
    remaining.done(steps[0])
    assert remaining.seconds() is None
    remaining.done(steps[1], 2.0)
    assert remaining.seconds() == 4.0
    remaining.done(steps[2], 4.0)
    assert remaining.seconds() == 3.0
