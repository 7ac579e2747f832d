"""A report as a table for a paper, with the rules of booktabs."""

from __future__ import annotations

from pipelines.record.comparing.standings import Standings
from pipelines.record.report import Cell, Report
from pipelines.reporting.texts.numbers import count, percent
from pipelines.reporting.texts.outside_text import one_line
from pipelines.reporting.texts.words import quick_look, runs_of

_ESCAPED = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "_": r"\_", "%": r"\%", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    # Behind the end of a row, the first would be its options; of the others two become one sign.
    "[": "{[}", "]": "{]}", "*": "{*}", "`": "{`}", "'": "{'}", '"': "{''}",
    "×": r"$\times$", "≈": r"$\approx$", "±": r"$\pm$",
}  # fmt: skip


def latex_text(text: str) -> str:
    r"""Return text as LaTeX that shows it as it is, on one line.

    Examples
    --------
    >>> print(latex_text(r"100 % of_\input{x}"))
    100 \% of\_\textbackslash{}input\{x\}
    """
    escaped = "".join(_ESCAPED.get(char, char) for char in " ".join(one_line(text).split()))
    return escaped.replace("--", "-{}-").replace("--", "-{}-")


def latex(report: Report) -> str:
    """Return the accuracies, features × models, as a LaTeX table; it needs the package booktabs.

    The best cell is bold. Where pairs were compared, ≈ marks cells that cannot be told apart from
    it.
    """
    standings = Standings(report)
    models = list(dict.fromkeys(cell.model for cell in report.cells))
    cells = {cell.name: cell for cell in report.cells}
    lines = []
    for features in dict.fromkeys(cell.features for cell in report.cells):
        row = [cells.get((features, model)) for model in models]
        dims = sorted({cell.dim for cell in row if cell and cell.dim is not None})
        entries = [latex_text(features), " / ".join(map(count, dims))]
        lines.append([*entries, *(_entry(standings, cell) for cell in row)])
    head = ["features", "values", *map(latex_text, models)]
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]

    def row_of(entries: list[str]) -> str:
        padded = (text.ljust(width) for text, width in zip(entries, widths, strict=True))
        return f"    {' & '.join(padded)} \\\\"

    return "\n".join(
        [
            r"% \usepackage{booktabs}",
            r"\begin{table}",
            r"  \centering",
            f"  \\caption{{{_caption(standings)}}}",
            f"  \\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}",
            r"    \toprule",
            row_of(head),
            r"    \midrule",
            *map(row_of, lines),
            r"    \bottomrule",
            r"  \end{tabular}",
            r"\end{table}",
        ]
    )


def _entry(standings: Standings, cell: Cell | None) -> str:
    if cell is None:
        return ""
    if cell.accuracy is None or cell.status != "done":
        return "failed" if cell.status == "failed" else "to run"
    text = percent(cell.accuracy)
    half = f" $\\pm$ {percent((cell.ci95[1] - cell.ci95[0]) / 2)}" if cell.ci95 else ""
    if standings.ranks[cell.name] == 1:
        return f"\\textbf{{{text}}}{half}"
    return f"{text}{half}" + (r" $\approx$" if cell.name in standings.as_good else "")


def _caption(standings: Standings) -> str:
    report = standings.report
    seeds = f"mean over {runs_of(standings)}" if len(standings.seeds) > 1 else "one seed"
    several = r"; $\approx$: cannot be told apart from it" if len(standings.as_good) > 1 else ""
    n_test = count(report.dataset.n_test)
    looked = f"; {look}" if (look := quick_look(report)) else ""
    return (
        f"{latex_text(report.title)}: per cent of {n_test} test images right, "
        rf"$\pm$ half of the 95\,\% interval, {seeds}{looked}. Bold: the best{several}."
    )
