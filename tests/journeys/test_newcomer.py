"""A newcomer's first minutes: what the demo prints, pasted and done; and what is there after it was stopped."""

import json
import re
import shlex
import unittest

from asking import LEGACY, MODERN, Asking
from demo import Demo
from newcomer import Newcomer
from test_questions import QUESTIONS


class FirstMinutes(unittest.TestCase):
    """With nothing but what stands in the terminal."""

    @classmethod
    def setUpClass(cls):
        cls.demo = Newcomer()

    @classmethod
    def tearDownClass(cls):
        cls.demo.close()

    def test_every_client_is_given_the_same_address_and_key(self):
        """The address for keys: some clients drop a key where they find a sign-in."""
        url, bearer = self.demo.facts["keys_mcp_url"], "Authorization: Bearer " + self.demo.facts["api_key"]
        lines = self.demo.printed.splitlines()
        for start in ("claude mcp add", "npx @modelcontextprotocol/inspector"):
            words = shlex.split(next(line for line in lines if line.strip().startswith(start)))
            self.assertIn(url, words)
            self.assertIn(bearer, words)
        for name in ("mcpServers", "servers"):
            pasted = json.loads(next(line for line in lines if line.strip().startswith(f'{{"{name}"')))
            self.assertEqual(pasted[name]["duo"]["url"], url)
            self.assertEqual("Authorization: " + pasted[name]["duo"]["headers"]["Authorization"], bearer)

    def test_the_three_things_to_ask_are_questions_that_are_answered(self):
        shown = re.findall(r"^  \d\. (.+)$", self.demo.printed, re.M)
        self.assertEqual(len(shown), 3)
        for question in shown:
            self.assertIn(question.split(" Then: ")[0], QUESTIONS)

    def test_two_users_in_the_trash_wait_on_the_approval_page(self):
        self.assertIn("ask it to trash two users", self.demo.printed)
        held = Asking(self.demo, LEGACY).call("trash_users", users=["lking", "jdoe"])
        # The subscriber's own page, because somebody of the subscriber's can say yes there.
        page = self.demo.facts["mcp_url"].replace("/mcp", "/connect/operations/") + held["operation_id"]
        self.assertTrue(held["message"].endswith(page), held)

    def test_the_other_keys_are_what_they_are_said_to_be(self):
        looks = Asking(self.demo, MODERN, key="read_only_api_key").tools()
        self.assertTrue(all(tool.annotations.read_only_hint for tool in looks))
        done = Asking(self.demo, LEGACY, key="unattended_api_key").call("trash_users", users=["asmith", "mrossi"])
        self.assertEqual(done["state"], "done", done)
        self.assertEqual(self.demo.control("users/mrossi")["status"], "pending deletion")


class Going(unittest.TestCase):
    """The demo as a process."""

    def test_it_ends_soon_and_goes_on_with_the_same_world(self):
        demo = Demo()
        try:
            first = dict(demo.facts)
            Asking(demo, MODERN).call("trash_users", users=["jsmith"])
            self.assertLess(demo.stop(), 2.0)
            demo.start()
            for fact in ("api_key", "operator_key", "tenant_id", "unattended_api_key", "read_only_api_key"):
                self.assertEqual(first[fact], demo.facts[fact])
            self.assertEqual(demo.control("users/jsmith")["status"], "pending deletion")
            person = Asking(demo, LEGACY).call("get_user", user="jsmith")
            self.assertEqual(person["user"]["status"], "pending deletion")
        finally:
            demo.close()
