"""Every command of the README, typed in its order."""

import json
import os
import re
import subprocess
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

from demo import Demo

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()
# What a test cannot do inside a test, and what stands for it.
ELSEWHERE = {
    "cargo run --release -- demo": "the class Demo starts the same command from the debug build",
    "scripts/test": "is what runs this",
    "cargo build --release": "the debug build stands in its place",
    'export PATH="$PWD/target/release:$PATH"': "PATH leads to the debug build",
}


def commands():
    """The lines of all `sh` blocks."""
    return [line for block in re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S) for line in block.splitlines()]


class Readme(unittest.TestCase):
    """A new operator, with the README alone, and the simulator as Duo."""

    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()
        cls.folder = Path(tempfile.mkdtemp(prefix="duo-mcp-readme-"))
        binary = Path(os.environ["DUO_MCP_GATEWAY"]).resolve()
        simulator = cls.demo.facts["simulator_https_url"].rsplit(":", 1)[1]
        override = f'[{{host = "*", address = "127.0.0.1:{simulator}", ca_file = "{cls.demo.facts["simulator_ca_file"]}"}}]'
        cls.environment = dict(
            os.environ,
            PATH=f"{binary.parent}:{os.environ['PATH']}",
            XDG_DATA_HOME=str(cls.folder),
            DUO_MCP__NET__CONNECT_OVERRIDE=override,
            DUO_MCP__SERVER__PUBLIC__LISTEN="127.0.0.1:18080",
            DUO_MCP__SERVER__ADMIN__LISTEN="127.0.0.1:18082",
        )

    @classmethod
    def tearDownClass(cls):
        cls.demo.close()

    def type(self, line):
        """Types a line as the README has it, with this Duo account's host and keys where it has a placeholder."""
        said = ""
        for api in ("admin", "auth"):
            if f" {api} --ikey" in line:
                duo = self.demo.facts["duo"][api]
                line, said = line.replace("DIXXXXXXXXXXXXXXXXXX", duo["ikey"]), duo["skey"] + "\n"
        line = line.replace("api-xxxxxxxx.duosecurity.com", self.demo.facts["duo"]["admin"]["host"])
        folder = ROOT if line.startswith("scripts/") else self.folder
        return subprocess.run(
            ["bash", "-c", line], input=said, env=self.environment, cwd=folder, capture_output=True, text=True, timeout=60
        )

    def test_every_command_works(self):
        serving, key = None, None
        try:
            for line in commands():
                with self.subTest(line):
                    if line in ELSEWHERE:
                        continue
                    if line == "duo-mcp-gateway serve":
                        serving = subprocess.Popen(line.split(), env=self.environment, stderr=subprocess.DEVNULL)
                        self.assertEqual(self.ask(key), 10)
                        continue
                    if line == "scripts/compose-secrets":
                        (self.folder / "secrets").mkdir()
                        line += f" {self.folder / 'secrets'}"
                    done = self.type(line)
                    self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
                    found = re.search(r"dgk_\w+", done.stdout)
                    key = found.group() if found else key
                    self.assertNotIn(self.demo.facts["duo"]["admin"]["skey"], done.stdout + done.stderr)
            self.assertIsNotNone(serving)
            serving.terminate()
            self.assertEqual(serving.wait(timeout=20), 0)
        finally:
            if serving and serving.poll() is None:
                serving.kill()

    def ask(self, key):
        """A client with the key that was printed lists ten users through the gateway of the README."""
        call = {"name": "list_users", "arguments": {"limit": 10}}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}).encode()
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        for _ in range(100):
            try:
                request = urllib.request.Request("http://127.0.0.1:18080/mcp", data=body, headers=headers)
                with urllib.request.urlopen(request) as answer:
                    return json.load(answer)["result"]["structuredContent"]["returned"]
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        raise AssertionError("the gateway of the README does not answer")

    def test_the_table_of_tools_is_the_programs_own(self):
        page = (ROOT / "docs" / "tools.md").read_text()
        rows = sorted(line for line in page.splitlines() if line.startswith("| `") and "| `duo:" in line)
        self.assertEqual(len(rows), 21)
        shown = [line for line in README.splitlines() if line.startswith("| `") and "| `duo:" in line]
        self.assertEqual(shown, rows)
