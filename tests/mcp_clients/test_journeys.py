"""Journeys that pass through a person's hands, in a real browser: a push on the phone page, an approval on its page."""

import json
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from demo import Demo
from test_questions import Asking

RUNNER = Path(__file__).parent.parent / "browser" / "journey.mjs"


def walk(name, url, **options):
    """Walks a journey in the browser and gives what the person saw."""
    command = ["node", str(RUNNER), name, url]
    for option, value in options.items():
        command += ["--" + option.replace("_", "-"), value]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, env=os.environ)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


class Journeys(unittest.TestCase):
    """Each with the client of one era."""

    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()
        cls.pictures = Path(os.environ.get("JOURNEY_PICTURES") or tempfile.mkdtemp(prefix="journeys-"))

    @classmethod
    def tearDownClass(cls):
        cls.demo.close()

    def push(self, mode, press, user):
        started = Asking(self.demo, mode).call("auth", username=user, factor="push", reason="Caller on line 2")
        picture = str(self.pictures / f"phone-{mode}.png")
        walk("approve_push", self.demo.facts["phone_url"], user=user, press=press, screenshot=picture)
        return Asking(self.demo, mode).call("auth_status", txid=started["txid"])

    def test_mrossi_approves_on_the_phone(self):
        self.assertEqual(self.push("2026-07-28", "Approve", "mrossi")["result"], "allow")

    def test_lking_reports_fraud_and_is_left_alone(self):
        self.assertEqual(self.push("legacy", "It wasn't me", "lking")["result"], "fraud")
        again = Asking(self.demo, "legacy").call("auth", username="LKING", factor="phone")
        self.assertEqual(again["code"], "push_cool_down", again)

    def test_an_operator_approves_on_the_page(self):
        held = Asking(self.demo, "legacy").call("set_telephony_credits", account="Acme", credits=400)
        self.assertEqual(held["code"], "approval_pending", held)
        picture = str(self.pictures / "approval.png")
        seen = walk(
            "approve_operation",
            self.demo.facts["approvals_url"],
            operator_key=self.demo.facts["operator_key"],
            decide="Approve",
            screenshot=picture,
        )
        self.assertIn("Acme", json.dumps(seen))
        for _ in range(100):
            answer = Asking(self.demo, "legacy").call("get_operation", operation_id=held["operation_id"])
            if answer["state"] == "done":
                break
            time.sleep(0.1)
        self.assertEqual(answer["results"][0]["now"]["credits"], 400, answer)
        self.assertEqual(len(self.demo.record("POST", "/admin/v1/billing/telephony_credits")), 1)
