"""Official clients as processes: those that a driver in clients/ holds, and the inspector's command line."""

import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

HERE = Path(__file__).parent
INSPECTOR = HERE.parent / "node_modules" / "@modelcontextprotocol" / "inspector" / "clients" / "launcher" / "build" / "index.js"
# Longer than any call of the gateway's.
PATIENCE = 90


class Answer:
    """What a call came to: `structured` of a success, `advice` of a failure, or that the client gave up or failed."""

    def __init__(self, said):
        self.said = said
        self.forms = said.get("forms", [])
        self.gave_up = said.get("gave_up", False)
        self.failed = said.get("failed")
        self.structured = said.get("structured") if said.get("error") is False else None
        self.advice = json.loads(said["text"]) if said.get("error") else {}

    def __repr__(self):
        return json.dumps(self.said)


class Driven:
    """A client under a driver; its process starts when it is needed, and again after it was killed."""

    def __init__(self, facts, program, script, mode):
        self.facts, self.command, self.process = facts, [program, str(HERE / "clients" / script), facts["mcp_url"], mode], None

    def _do(self, **command):
        if self.process is None:
            environment = dict(os.environ, MCP_KEY=self.facts["api_key"])
            pipe = subprocess.PIPE
            self.process = subprocess.Popen(self.command, stdin=pipe, stdout=pipe, text=True, env=environment)
            self.lines = queue.Queue()
            threading.Thread(target=self._read, args=(self.process, self.lines), daemon=True).start()
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        line = self.lines.get(timeout=PATIENCE)
        if not line:
            raise AssertionError(f"{self.command} ended with {self.process.wait()}")
        return json.loads(line)

    @staticmethod
    def _read(process, lines):
        for line in process.stdout:
            lines.put(line)
        lines.put("")

    def list(self):
        return self._do(do="list")

    def call(self, tool, arguments, person=None):
        return Answer(self._do(do="call", tool=tool, arguments=arguments, person=person))

    def begin(self, tool, arguments):
        """A call that is left under way."""
        self._do(do="begin", tool=tool, arguments=arguments)

    def leave(self):
        """Gives that call up in the client's own way; tells whether the client took it so."""
        return self._do(do="leave")["gave_up"]

    def close(self):
        """Closes the connection of that call."""
        self._do(do="close")

    def kill(self):
        """Ends the client as a crash would."""
        self.process.kill()
        self.end()

    def end(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait(timeout=20)
            self.process.stdout.close()
            self.process = None


class Inspector:
    """The inspector's command line: a process for each call, with a home of its own."""

    def __init__(self, facts, program, era):
        self.home = tempfile.TemporaryDirectory(prefix="inspector-")
        self.environment = dict(os.environ, HOME=self.home.name, MCP_CATALOG_PATH=self.home.name + "/catalog.json")
        self.command = [program, str(INSPECTOR), "--cli", facts["mcp_url"], "--transport", "http", "--format", "json"]
        self.command += ["--protocol-era", era, "--header", f"Authorization: Bearer {facts['api_key']}"]
        self.process = None

    def start(self, *options):
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        command = [*self.command, *options]
        return subprocess.Popen(command, stdin=nothing, stdout=pipe, stderr=pipe, text=True, env=self.environment)

    def run(self, *options):
        """Exit code, the result on standard output, and what stands on standard error."""
        process = self.start(*options)
        printed, told = process.communicate(timeout=PATIENCE)
        result = json.loads(printed)["result"] if printed.startswith("{") else None
        return process.returncode, result, told

    def list(self):
        code, result, told = self.run("--method", "tools/list")
        assert code == 0, told
        version = self.run("--method", "initialize")[1]["protocolVersion"]
        return {"version": version, "tools": [{"name": tool["name"], "read_only": tool["annotations"]["readOnlyHint"]} for tool in result["tools"]]}

    def call(self, tool, arguments, person=None):
        code, result, told = self.run(*self._call(tool, arguments))
        if result is None:
            return Answer({"failed": told})
        assert code == (5 if result.get("isError") else 0), (code, told)
        text = result["content"][0]["text"]
        return Answer({"error": result.get("isError", False), "structured": result.get("structuredContent"), "text": text})

    def begin(self, tool, arguments):
        self.process = self.start(*self._call(tool, arguments))

    def leave(self):
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        printed, _ = self.process.communicate(timeout=PATIENCE)
        return not printed

    def close(self):
        """The connection ended with the process."""

    def kill(self):
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)

    def end(self):
        self.home.cleanup()

    @staticmethod
    def _call(tool, arguments):
        return "--method", "tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments)
