"""What is let through, what waits and what is refused, through the official client in both protocol eras."""

import time
import traceback
import unittest

from asking import LEGACY, MODERN, Asking, phrase
from demo import Demo


class Changes:
    """Both eras, each on a demo of its own."""

    mode = None

    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()

    @classmethod
    def tearDownClass(cls):
        cls.demo.close()

    def asking(self, **options):
        return Asking(self.demo, self.mode, **options)

    def test_the_list_has_the_public_names(self):
        tools = {tool.name: tool for tool in self.asking().tools()}
        public = """auth auth_status bulk_create_users check_auth create_account create_user delete_account
            get_billing_edition get_telephony_credits list_accounts list_users modify_user ping_auth preauth
            restore_users set_billing_edition set_telephony_credits trash_users get_context get_user
            get_operation""".split()
        self.assertEqual(sorted(tools), sorted(public))
        for tool in tools.values():
            self.assertIsNotNone(tool.annotations.read_only_hint)
            self.assertIsNotNone(tool.output_schema)
        read_only = {tool.name for tool in self.asking(key="read_only_api_key").tools()}
        self.assertNotIn("trash_users", read_only)
        self.assertIn("list_users", read_only)

    def test_a_page_goes_on_and_a_cursor_fits_its_own_list_only(self):
        page = self.asking().call("list_users", limit=10)
        after = self.asking().call("list_users", limit=10, cursor=page["next_cursor"])
        names = {user["username"] for user in page["users"]}
        self.assertFalse(names & {user["username"] for user in after["users"]})
        other = self.asking().call("list_users", limit=10, status="bypass", cursor=page["next_cursor"])
        self.assertEqual(other["code"], "bad_cursor")

    def test_fifty_users_under_a_standing_approval_are_made_once(self):
        users = [{"username": f"new{i:02}.{self.mode[:4]}", "email": f"new{i:02}@example.com"} for i in range(50)]
        made = self.asking(key="unattended_api_key").call("bulk_create_users", users=users)
        self.assertEqual(made["state"], "done", made)
        self.assertEqual({result["outcome"] for result in made["results"]}, {"done"})
        again = self.asking(key="unattended_api_key").call("bulk_create_users", users=users)
        self.assertEqual({result["outcome"] for result in again["results"]}, {"already"})
        self.assertEqual(len(self.demo.record("POST", "/admin/v1/users/bulk_create")), 1)

    def test_bypass_always_waits_and_runs_once_when_approved(self):
        held = self.asking(answer=phrase).call("modify_user", user="narroway@example.com", status="bypass")
        self.assertEqual(held["code"], "approval_pending", held)
        again = self.asking(answer=phrase).call("modify_user", user="narroway", status="bypass")
        self.assertEqual(again["operation_id"], held["operation_id"])
        self.assertEqual(self.demo.control("users/narroway")["status"], "active")
        self.demo.operator("POST", f"/operations/{held['operation_id']}/approve")
        for _ in range(100):
            answer = self.asking().call("get_operation", operation_id=held["operation_id"])
            if answer["state"] == "done":
                break
            time.sleep(0.1)
        self.assertEqual(answer["state"], "done", answer)
        self.assertEqual(self.demo.control("users/narroway")["status"], "bypass")

    def test_a_person_in_bypass_is_not_taken_for_a_verified_one(self):
        before = len(self.demo.record("POST", "/auth/v2/auth"))
        refused = self.asking().call("auth", username="bglass")
        self.assertEqual(refused["code"], "user_in_bypass", refused)
        self.assertEqual(len(self.demo.record("POST", "/auth/v2/auth")), before)

    def test_a_change_of_case_alone_is_a_change(self):
        changed = self.asking().call("modify_user", user="lking", realname="LESLIE KING")
        self.assertEqual(changed["results"][0]["outcome"], "done", changed)
        self.assertEqual(self.demo.control("users/lking")["realname"], "LESLIE KING")

    def test_a_read_only_key_changes_nothing(self):
        with self.assertRaises(BaseExceptionGroup) as refused:
            self.asking(key="read_only_api_key").call_unseen("trash_users", users=["jdoe"])
        self.assertIn("Unknown tool", "".join(traceback.format_exception(refused.exception)))
        self.assertEqual(self.demo.control("users/jdoe")["status"], "active")

    def test_every_change_of_an_account(self):
        unattended = self.asking(key="unattended_api_key")
        name = f"Customer {self.mode}"
        made = unattended.call("create_account", name=name)
        self.assertEqual(made["state"], "done", made)
        edition = unattended.call("set_billing_edition", account="Acme", edition="BEYOND")
        self.assertEqual(edition["results"][0]["now"]["edition"], "BEYOND", edition)
        unattended.call("set_billing_edition", account="Acme", edition="PLATFORM")
        credits = unattended.call("set_telephony_credits", account="Acme", credits=350)
        self.assertEqual(credits["results"][0]["now"]["credits"], 350, credits)
        unattended.call("set_telephony_credits", account="Acme", credits=340)
        gone = unattended.call("delete_account", account=name)
        self.assertEqual(gone["state"], "done", gone)
        self.assertNotIn(name, [row["name"] for row in unattended.call("list_accounts")["accounts"]])
        self.assertEqual(unattended.call("ping_auth")["answers"], True)
        created = unattended.call("create_user", username=f"single.{self.mode[:4]}")
        self.assertEqual(created["state"], "done", created)


class Modern(Changes, unittest.TestCase):
    """A client of 2026-07-28, which can be asked."""

    mode = MODERN

    def test_two_users_are_asked_about_in_a_form(self):
        asking = self.asking(answer=phrase)
        gone = asking.call("trash_users", users=["lking", "jdoe"])
        self.assertEqual(gone["state"], "done", gone)
        self.assertEqual(len(asking.forms), 1)
        self.assertIn("lking", asking.forms[0])
        self.asking(answer=phrase).call("restore_users", users=["lking", "jdoe"])
        for user in ("lking", "jdoe"):
            self.asking(answer=phrase).call("modify_user", user=user, status="active")

    def test_a_declined_form_changes_nothing(self):
        before = len(self.demo.record("POST", "/admin/v1/users/bulk_send_to_trash"))
        declined = self.asking(answer=lambda message: None).call("trash_users", users=["mrossi", "asmith"])
        self.assertEqual(declined["code"], "declined", declined)
        self.assertEqual(len(self.demo.record("POST", "/admin/v1/users/bulk_send_to_trash")), before)


class Legacy(Changes, unittest.TestCase):
    """A client that begins with initialize, which cannot be asked."""

    mode = LEGACY

    def test_two_users_wait_for_an_approval(self):
        held = self.asking(answer=phrase).call("trash_users", users=["lking", "jdoe"])
        self.assertEqual(held["code"], "approval_pending", held)
        self.demo.operator("POST", f"/operations/{held['operation_id']}/deny")
        answer = self.asking().call("get_operation", operation_id=held["operation_id"])
        self.assertEqual(answer["state"], "denied")


# The base class has no era, and is not run by itself.
del Changes
