"""A demo of its own for each test class, on free ports, in a folder that goes away."""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path


# A run that somebody ends still ends what it has started.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


class Demo:
    """The demo as a process, and its simulator's control endpoints."""

    def __init__(self, *flags):
        self.flags = flags
        self.folder = Path(tempfile.mkdtemp(prefix="duo-mcp-demo-"))
        self.log = open(self.folder / "log", "w")
        self.process = None
        # Whatever becomes of the tests: a demo that runs on keeps its ports and its folder.
        atexit.register(self.abandon)
        self.start()

    def start(self):
        facts = self.folder / "facts.json"
        facts.unlink(missing_ok=True)
        command = [os.environ["DUO_MCP_GATEWAY"], "demo", "--port-base", "0", "--facts", str(facts)]
        command += ["--data-dir", str(self.folder / "data"), *self.flags]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while not facts.exists() or not facts.read_text().strip().endswith("}"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.05)
        self.facts = json.loads(facts.read_text())

    def stop(self):
        """Asks it to end as Ctrl-C does; gives the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=20)
        return time.monotonic() - began

    def close(self):
        if self.process.poll() is None:
            self.stop()
        self.log.close()
        shutil.rmtree(self.folder)
        atexit.unregister(self.abandon)

    def abandon(self):
        """Ends it at once, if it was not closed."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def control(self, path, body=None):
        """A control endpoint of the simulator, read or written."""
        url = self.facts["simulator_control_url"].rstrip("/") + "/" + path
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")

    def record(self, method, path):
        """What Duo was asked: the recorded requests of this method and path."""
        rows = self.control(f"record?method={method}&path={path}")
        return rows["requests"] if isinstance(rows, dict) else rows

    def operator(self, method, path, body=None):
        """The admin REST API, as the operator."""
        url = self.facts["admin_url"].rstrip("/") + "/admin/v1" + path
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": "Bearer " + self.facts["operator_key"], "Content-Type": "application/json"}
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")
