from __future__ import annotations

import numpy as np

from data import Dataset
from data.notebook import html_table, safe

EVIL = "<script>alert(1)</script>"


def test_text_is_escaped_and_cannot_control_anything() -> None:
    assert safe(f'{EVIL}"\x1b') == "&lt;script&gt;alert(1)&lt;/script&gt;&quot;�"
    table = html_table(EVIL, [[EVIL, EVIL]], [EVIL])
    assert "<script" not in table
    assert table.count("alert(1)") == 4


def test_a_dataset_is_a_row_for_each_class_with_its_first_image() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (5, 4, 6, 1), np.uint8)
    names = ("<b>", "two", "never trained")
    train, test = np.array([0, 1, 1, 0, 1]), np.array([0, 1, 2, 2, 2])
    dataset = Dataset("<i>", images, train, images, test, names)
    shown = dataset._repr_html_()
    assert "<b>" not in shown
    assert "<i>" not in shown
    assert shown.count("data:image/png;base64,") == 2
    assert [f">{n}</td>" in shown for n in (2, 3, 0)] == [True, True, True]
