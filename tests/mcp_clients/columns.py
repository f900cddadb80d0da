"""The clients and eras that the table has a column for."""

import os
import sys

from driven import Driven, Inspector

MODERN, LEGACY = "2026-07-28", "2025-11-25"
NODE = os.environ.get("NODE", "node")
PYTHON_1 = os.environ["PYTHON_MCP_1"]


class Column:
    """A client in one era, with what it is started by."""

    def __init__(self, name, era, open_client):
        self.name = f"{name}<br>{era}"
        self.version = LEGACY if era == "legacy" else MODERN
        self.is_inspector = name.startswith("inspector")
        self.is_asked = self.version == MODERN and not self.is_inspector
        self.open_client = open_client


def driven(program, script, mode):
    return lambda facts: Driven(facts, program, script, mode)


def inspector(era):
    return lambda facts: Inspector(facts, NODE, era)


COLUMNS = [
    *(Column("Python mcp 2.3.0", mode, driven(sys.executable, "python_2.py", mode)) for mode in (MODERN, "auto", "legacy")),
    Column("Python mcp 1.30.0", "legacy", driven(PYTHON_1, "python_1.py", "legacy")),
    *(Column("TypeScript client 2.4.0", mode, driven(NODE, "typescript_2.mjs", mode)) for mode in (MODERN, "auto", "legacy")),
    Column("TypeScript SDK 1.32.2", "legacy", driven(NODE, "typescript_1.mjs", "legacy")),
    Column("inspector CLI 2.12.0", "modern", inspector("modern")),
    Column("inspector CLI 2.12.0", "legacy", inspector("legacy")),
]
