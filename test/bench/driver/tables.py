"""Tables of text, for a terminal or for Markdown."""


def in_text(headings, rows):
    cells = [headings, *rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headings))]
    return [" ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells]


def in_markdown(headings, rows):
    ruler = ["---"] * len(headings)
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in (headings, ruler, *rows)]


def seconds(value):
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def times(value):
    return f"{value:.0f}x" if value >= 20 else f"{value:.2f}x" if value < 10 else f"{value:.1f}x"


def mib(kib):
    return f"{kib / 1024:.1f}"


def verdict(met):
    return "" if met is None else "yes" if met else "NO"
