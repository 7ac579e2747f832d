from __future__ import annotations

from data.telling.notebook import html_table, safe

EVIL = "<script>alert(1)</script>"


def test_text_is_escaped_and_cannot_control_anything() -> None:
    assert safe(f'{EVIL}"\x1b') == "&lt;script&gt;alert(1)&lt;/script&gt;&quot;�"
    table = html_table(EVIL, [[EVIL, EVIL]], [EVIL])
    assert "<script" not in table
    assert table.count("alert(1)") == 4
