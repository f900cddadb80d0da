"""One demo under all clients, and what it shows of Duo and of the gateway."""

import json
import time
import urllib.request

from demo import Demo


class Bench:
    """One demo for all, in which each column has people of its own."""

    PEOPLE = 18

    def __init__(self):
        # All clients call by the demo's one key, which is many more calls than one client makes in a minute.
        self.demo = Demo("--set", "operations.form_minutes=1", "--set", "server.limits.key_rate_per_minute=100000")
        # Operations whose form nobody answers, by column.
        self.unanswered = {}

    def people(self, number):
        """New people for the column of this number, made in Duo through the gateway."""
        users = [{"username": f"client{number}.person{index:02}"} for index in range(self.PEOPLE)]
        made = self.call("bulk_create_users", users=users)
        assert made["state"] == "done", made
        return iter([user["username"] for user in users])

    def call(self, tool, **arguments):
        """A call without any client, by the key that may do everything."""
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
        headers = {"Authorization": "Bearer " + self.demo.facts["unattended_api_key"], "Content-Type": "application/json"}
        request = urllib.request.Request(self.demo.facts["mcp_url"], data=json.dumps(body).encode(), headers=headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["result"]["structuredContent"]

    def user(self, name):
        return self.demo.control(f"users/{name}")

    def statuses(self, names):
        return {self.user(name)["status"] for name in names}

    def slow(self, method, path, delay_ms):
        """Duo takes its time over the next such request."""
        self.demo.control("faults", {"kind": "delay", "delay_ms": delay_ms, "method": method, "path": path})

    def last(self, method, path):
        """The last such request that reached Duo."""
        record = self.demo.record(method, path)
        return record[-1] if record else None

    def operation(self, operation_id):
        return self.demo.operator("GET", f"/operations/{operation_id}")

    def operation_on(self, name):
        """The one operation on this person since it was made, as the audit log knows it."""
        rows = self.demo.operator("GET", f"/tenants/{self.demo.facts['tenant_id']}/audit?limit=100")["items"]
        person = self.user(name)["user_id"]
        rows = [row for row in rows if person in row.get("objects", []) and row["action"] != "bulk_create_users"]
        found = {row["operation"] for row in rows if "operation" in row}
        assert len(found) == 1, found
        return self.operation(found.pop())


def until(look, seconds=20):
    """Waits until `look` gives something, and gives it."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"nothing came of it within {seconds} s")
        time.sleep(0.02)
    return seen
