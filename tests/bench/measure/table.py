"""Figures as a Markdown table."""
import statistics


def markdown(headings, rows, left=1):
    """The first `left` columns are words, the others figures. Padded to be read in a terminal."""
    cells = [[str(cell) for cell in row] for row in [headings, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headings))]

    def line(row):
        aligned = [cell.ljust(width) if i < left else cell.rjust(width)
                   for i, (cell, width) in enumerate(zip(row, widths))]
        return "| " + " | ".join(aligned) + " |"

    rule = "|" + "|".join("-" * (width + 1) + ("-" if i < left else ":")
                          for i, width in enumerate(widths)) + "|"
    return "\n".join([line(cells[0]), rule, *map(line, cells[1:])])


def median_and_range(values, digits=2):
    """Median, and smallest to largest."""
    return (f"{statistics.median(values):.{digits}f} "
            f"({min(values):.{digits}f}-{max(values):.{digits}f})")


def verdict(value, limit, aim=None, at_least=False):
    """`met`, `met, aim missed` or `missed`. Speed is never an error of a script."""
    def holds(bound):
        return value >= bound if at_least else value <= bound
    if not holds(limit):
        return "missed"
    return "met" if aim is None or holds(aim) else "met, aim missed"
