"""A link that leads nowhere is found, and so is what would be fetched from elsewhere."""

from __future__ import annotations

from pathlib import Path

from docs.machinery.dead_links import problems


def test_a_site_of_two_pages(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a.html").write_text(
        '<a href="b/c.html#there">1</a> <a href="b/c.html#nowhere">2</a> <a href="gone.html">3</a>'
        '<a href="https://example.org">4</a> <a href="b/">5</a> <a href="#">6</a>'
        '<script src="https://example.org/x.js"></script>'
    )
    (tmp_path / "b" / "c.html").write_text('<h1 id="there">C</h1><a href="../a.html">back</a>')
    assert problems(tmp_path) == [
        "a.html: b/c.html#nowhere: the page has no such anchor",
        "a.html: gone.html: there is no such file",
        "a.html: b/: there is no such file",
        "a.html: https://example.org/x.js: is fetched from elsewhere",
    ]
    (tmp_path / "b" / "index.html").write_text("<p>B</p>")
    assert len(problems(tmp_path)) == 3
