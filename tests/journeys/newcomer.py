"""The demo as a newcomer meets it: started by its one command, and known only by what it prints."""

import os
import re
import subprocess
import time

from demo import Demo

PRINTED = {
    "mcp_url": r"MCP URL +(\S+)",
    "keys_mcp_url": r"for (http\S+), because",
    "api_key": r"API key +(dgk_\S+)",
    "unattended_api_key": r"Unattended +(dgk_\S+)",
    "read_only_api_key": r"Read-only +(dgk_\S+)",
    "phone_url": r"Phone page +(\S+)",
    "approvals_url": r"Approvals +(http\S+)",
    "operator_key": r"Operator key +(dga_\S+)",
}


class Newcomer(Demo):
    """Nothing but the command, in a home of its own; other ports, so that two may run on one machine."""

    def start(self):
        environment = dict(os.environ, XDG_DATA_HOME=str(self.folder / "home"))
        command = [os.environ["DUO_MCP_GATEWAY"], "demo", "--port-base", "0"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=environment)
        deadline = time.monotonic() + 60
        while "Stop with Ctrl-C" not in self.printed:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self.printed)
            time.sleep(0.05)
        self.facts = {name: re.search(pattern, self.printed).group(1) for name, pattern in PRINTED.items()}
        # What only tests need follows from the addresses that a person is told.
        self.facts["simulator_control_url"] = self.facts["phone_url"].replace("/phone", "/_control")
        self.facts["admin_url"] = self.facts["approvals_url"].replace("/approvals", "")

    @property
    def printed(self):
        return (self.folder / "log").read_text()
