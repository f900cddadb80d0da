"""The everyday questions, word for word, on a world of 100,000 people, by the official client in both protocol eras."""

import json
import time
import unittest

from asking import LEGACY, MODERN, Asking, phrase
from newcomer import Newcomer

PEOPLE = 100_000
QUESTIONS = (
    "List the first 10 users from our Duo directory.",
    "Send a Duo Push authentication request to username 'mrossi'.",
    "Check if user 'lking' is authorized to log in and what factors they can use.",
    "Check user LKing's access factors.",
    "Create these fifty user accounts: …",
    "Was jdoe's last login legitimate? Check pre-auth status, then challenge if needed.",
    "Move username jsmith to trash.",
    "How many telephony credits does the customer 'Acme' have left, and which edition are they on?",
    "Set asmith's status back to active.",
    "Verify that our Duo keys work before we start.",
)


class Questions:
    """Both eras, one after the other in one world; each question leaves it as the next era has to find it."""

    mode = None
    demo = None

    @classmethod
    def setUpClass(cls):
        if Questions.demo is None:
            Questions.demo = large_world()
            unittest.addModuleCleanup(Questions.demo.close)

    def setUp(self):
        self.client = Asking(self.demo, self.mode, answer=phrase if self.mode == MODERN else None)
        self.call = self.client.call

    def asked(self, number):
        return self.client.asked(QUESTIONS[number - 1])

    def approved(self, answer):
        """A client that could not ask has the change wait: a person approves it, and it runs."""
        if self.mode == MODERN:
            self.assertEqual(answer.get("state"), "done", answer)
            return
        self.assertEqual(answer.get("code"), "approval_pending", answer)
        operation = f"/operations/{answer['operation_id']}"
        self.demo.operator("POST", operation + "/approve")
        deadline = time.monotonic() + 30
        while self.demo.operator("GET", operation)["state"] in ("approved", "running"):
            self.assertLess(time.monotonic(), deadline, "an approved operation does not run")
            time.sleep(0.1)

    def status(self, user):
        return self.demo.control(f"users/{user}")["status"]

    def test_01_the_first_ten_users(self):
        with self.asked(1):
            page = self.call("list_users", limit=10)
        there = self.demo.control("counts")["users"]
        self.assertGreaterEqual(there, PEOPLE)
        self.assertEqual((page["returned"], page["total"], page["truncated"]), (10, there, True))
        for user in page["users"]:
            self.assertEqual(self.demo.control(f"users/{user['user_id']}")["username"], user["username"])

    def test_02_a_push_to_mrossi_and_did_he_approve(self):
        with self.asked(2):
            started = self.call("auth", username="mrossi", factor="push")
            self.assertEqual(started["state"], "done", started)
            self.demo.control("press", {"user": "mrossi", "action": "approve"})
            ended = self.call("auth_status", txid=started["txid"])
        self.assertEqual((ended["result"], ended["username"]), ("allow", "mrossi"))
        # His phone says who asks, though nobody gave a reason.
        self.assertIn("Asked%20by", json.dumps(self.demo.record("POST", "/auth/v2/auth")[-1]["params"]))

    def test_03_how_lking_may_log_in(self):
        with self.asked(3):
            access = self.call("preauth", username="lking")
        self.assertTrue(access["authorized"])
        self.assertEqual(set(access["factors"]), {"Duo Push", "SMS passcode", "phone call", "Duo Mobile passcode"})

    def test_04_lkings_factors_in_another_spelling(self):
        with self.asked(4):
            access = self.call("preauth", username="LKing")
            person = self.call("get_user", user="LKing", include=["phones"])
        self.assertEqual(len(access["factors"]), 4)
        self.assertEqual(person["user"]["user_id"], self.demo.control("users/lking")["user_id"])
        self.assertEqual([phone["phone_id"] for phone in person["phones"]], [device["device"] for device in access["devices"]])

    def test_05_fifty_accounts(self):
        names = [f"new{number:02}.{self.mode[:4]}" for number in range(50)]
        with self.asked(5):
            users = [{"username": name, "email": f"{name}@example.com"} for name in names]
            made = self.call("bulk_create_users", users=users)
            self.approved(made)
            if self.mode == LEGACY:
                made = self.call("get_operation", operation_id=made["operation_id"])
        self.assertEqual([result["outcome"] for result in made["results"]], ["done"] * 50)
        for name in names:
            self.assertEqual(self.demo.control(f"users/{name}")["email"], f"{name}@example.com")

    def test_06_was_jdoes_last_login_legitimate(self):
        with self.asked(6):
            person = self.call("get_user", user="jdoe", include=["recent_logins"])
            access = self.call("preauth", username="jdoe")
            self.assertTrue(access["authorized"])
            # The last one came from where she never was before: a challenge is needed. What was asked through the gateway
            # (by the other era) is no login of hers.
            last, *earlier = [login for login in person["recent_logins"] if login["application"] == "VPN"]
            self.assertIn("Reykjavik", last["from"])
            self.assertFalse(any("Reykjavik" in login["from"] for login in earlier))
            challenged = self.call("auth", username="jdoe", factor="push", reason="Was this login yours?")
        waiting = [login for login in self.demo.control("logins")["logins"] if login["txid"] == challenged["txid"]]
        self.assertEqual([login["username"] for login in waiting], ["jdoe"])
        self.demo.control("press", {"user": "jdoe", "action": "approve"})
        self.assertEqual(self.call("auth_status", txid=challenged["txid"])["result"], "allow")

    def test_07_jsmith_to_the_trash_and_back(self):
        self.assertEqual(self.status("jsmith"), "active")
        with self.asked(7):
            gone = self.call("trash_users", users=["jsmith"])
            self.assertEqual(gone["state"], "done", gone)
            self.assertIn("Deleted for good on about", " ".join(gone["notes"]))
            self.assertEqual(self.status("jsmith"), "pending deletion")
            back = self.call("restore_users", users=["jsmith"])
            self.assertIn("active before the trash", " ".join(back["notes"]))
            self.assertEqual(self.status("jsmith"), "disabled")
            self.approved(self.call("modify_user", user="jsmith", status="active"))
        self.assertEqual(self.status("jsmith"), "active")

    def test_08_acmes_credits_and_edition(self):
        with self.asked(8):
            credits = self.call("get_telephony_credits", account="Acme")
            edition = self.call("get_billing_edition", account="Acme")
        acme = next(child for child in self.demo.control("accounts")["children"] if child["name"] == "Acme")
        self.assertEqual((credits["account"], credits["credits"]), ("Acme", acme["credits"]))
        self.assertEqual((edition["account"], edition["edition"]), ("Acme", acme["edition"]))

    def test_09_asmith_active_again(self):
        if self.status("asmith") == "active":
            Asking(self.demo, self.mode, key="unattended_api_key").call("modify_user", user="asmith", status="bypass")
        self.assertEqual(self.status("asmith"), "bypass")
        with self.asked(9):
            changed = self.call("modify_user", user="asmith", status="active")
        self.assertEqual(changed["results"][0]["outcome"], "done", changed)
        self.assertEqual(self.status("asmith"), "active")

    def test_10_do_the_keys_work(self):
        with self.asked(10):
            checks = self.call("check_auth")
        self.assertTrue(checks["all_valid"], checks)
        self.assertEqual({check["api"] for check in checks["credentials"]}, {"auth", "admin", "accounts"})


def large_world():
    """A newcomer's demo that has grown."""
    demo = Newcomer()
    there = demo.control("counts")["users"]
    demo.control("load", {"users": PEOPLE - there})
    # Making and saving so many people keeps the simulator busy for a while.
    deadline = time.monotonic() + 120
    while not ready(demo):
        if time.monotonic() > deadline:
            raise RuntimeError(demo.printed)
        time.sleep(0.2)
    return demo


def ready(demo):
    """Whether a client is let in, and Duo answers in time."""
    try:
        return "returned" in Asking(demo, LEGACY).call("list_users", limit=1)
    except BaseExceptionGroup:
        return False


class Modern(Questions, unittest.TestCase):
    """A client of 2026-07-28, which can be asked, and types what the form wants."""

    mode = MODERN


class Legacy(Questions, unittest.TestCase):
    """A client that begins with initialize, which cannot be asked: a person approves."""

    mode = LEGACY


class Counting(unittest.TestCase):
    """What the questions are held to is noticed when it is not kept."""

    def ask(self, sizes):
        client = Asking(type("Nowhere", (), {"facts": {"api_key": ""}}), MODERN)
        with client.asked("Anything?"):
            client.sizes += sizes

    def test_four_calls_or_none_are_not_an_answer(self):
        for sizes in ([], [1, 1, 1, 1]):
            with self.assertRaises(AssertionError):
                self.ask(sizes)

    def test_a_tool_that_is_not_listed_is_not_called(self):
        client = Asking(type("Nowhere", (), {"facts": {"api_key": ""}}), MODERN)
        client.listed = {}
        with self.assertRaisesRegex(AssertionError, "no client sees a tool list_users"):
            client.call("list_users")
