"""The table client × era × action: filled by a run, printed, and held against the page that shows it."""

import os
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "clients-tested.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"


class Table:
    """Rows are actions, columns are clients; a cell says what came of it."""

    def __init__(self, columns, rows):
        self.columns, self.rows, self.cells = columns, rows, {}

    def fill(self, column, row, text):
        self.cells[column, row] = text

    def missing(self):
        return [(column, row) for column in self.columns for row in self.rows if not self.cells.get((column, row))]

    def markdown(self):
        """The table as the page shows it."""
        lines = ["| action | " + " | ".join(self.columns) + " |", "|---" * (len(self.columns) + 1) + "|"]
        for row in self.rows:
            cells = [self.cells.get((column, row), "MISSING") for column in self.columns]
            lines.append(f"| {row} | " + " | ".join(cells) + " |")
        return "\n".join(lines) + "\n"

    def by_client(self):
        """The same for a terminal."""
        width = max(map(len, self.rows))
        lines = []
        for column in self.columns:
            lines += ["", column.replace("<br>", ", ")]
            lines += [f"  {row:{width}}  {self.cells.get((column, row), 'MISSING')}" for row in self.rows]
        return "\n".join(lines)

    def committed(self):
        """The table on the page; written anew first when CLIENTS_TABLE=write."""
        text = PAGE.read_text()
        before, rest = text.split(BEGIN)
        shown, after = rest.split(END)
        if os.environ.get("CLIENTS_TABLE") == "write":
            shown = self.markdown()
            PAGE.write_text(before + BEGIN + shown + END + after)
        return shown
