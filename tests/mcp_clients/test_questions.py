"""The everyday questions, asked through the official client in both protocol eras."""

import asyncio
import json
import time
import traceback
import unittest

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ElicitResult

from demo import Demo


class Asking:
    """One client of one era with one key."""

    def __init__(self, demo, mode, key="api_key", answer=None):
        self.demo, self.mode, self.answer, self.forms = demo, mode, answer, []
        self.headers = {"Authorization": "Bearer " + demo.facts[key]}

    async def _form(self, context, params):
        self.forms.append(params.message)
        typed = self.answer(params.message) if self.answer else None
        if typed is None:
            return ElicitResult(action="decline")
        return ElicitResult(action="accept", content={"confirm": typed})

    async def _with_client(self, work):
        async with httpx2.AsyncClient(headers=self.headers, timeout=60) as http:
            transport = streamable_http_client(self.demo.facts["mcp_url"], http_client=http)
            callback = self._form if self.answer else None
            async with Client(transport, mode=self.mode, elicitation_callback=callback) as client:
                return await work(client)

    def tools(self):
        return asyncio.run(self._with_client(lambda client: client.list_tools())).tools

    def call(self, tool, **arguments):
        """The structured answer, or the advice of a failure with `code` in it."""
        result = asyncio.run(self._with_client(lambda client: client.call_tool(tool, arguments)))
        text = result.content[0].text
        self.size = len(text) / 4
        if result.is_error:
            assert result.structured_content is None
            return json.loads(text)
        assert self.size < 8000, f"{tool} answers {self.size} tokens"
        return result.structured_content


def phrase(message):
    """What a person reads off a form and types."""
    return message.rsplit("type: ", 1)[1]


class Questions:
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

    def test_01_the_first_ten_users(self):
        page = self.asking().call("list_users", limit=10)
        self.assertEqual(page["returned"], 10)
        self.assertEqual(len(page["users"]), 10)
        self.assertGreater(page["total"], 200)
        after = self.asking().call("list_users", limit=10, cursor=page["next_cursor"])
        names = {user["username"] for user in page["users"]}
        self.assertFalse(names & {user["username"] for user in after["users"]})
        other = self.asking().call("list_users", limit=10, status="bypass", cursor=page["next_cursor"])
        self.assertEqual(other["code"], "bad_cursor")

    def test_02_a_push_to_mrossi(self):
        started = self.asking().call("auth", username="mrossi", factor="push", reason="Helpdesk call")
        self.assertEqual(started["state"], "done", started)
        txid = started["txid"]
        self.demo.control("press", {"user": "mrossi", "action": "approve"})
        state = self.asking().call("auth_status", txid=txid)
        self.assertEqual(state["result"], "allow", state)
        sent = self.demo.record("POST", "/auth/v2/auth")[-1]
        self.assertIn("Asked%20by", json.dumps(sent["params"]))

    def test_03_and_04_how_lking_may_log_in(self):
        access = self.asking().call("preauth", username="LKing")
        self.assertTrue(access["authorized"])
        self.assertTrue({"Duo Push", "phone call", "SMS passcode"} <= set(access["factors"]), access)
        person = self.asking().call("get_user", user="LKing", include=["phones"])
        self.assertEqual(person["user"]["username"], "lking")
        self.assertTrue(person["phones"])

    def test_05_fifty_users(self):
        users = [{"username": f"new{i:02}.{self.mode[:4]}", "email": f"new{i:02}@example.com"} for i in range(50)]
        made = self.asking(key="unattended_api_key").call("bulk_create_users", users=users)
        self.assertEqual(made["state"], "done", made)
        self.assertEqual({result["outcome"] for result in made["results"]}, {"done"})
        again = self.asking(key="unattended_api_key").call("bulk_create_users", users=users)
        self.assertEqual({result["outcome"] for result in again["results"]}, {"already"})
        self.assertEqual(len(self.demo.record("POST", "/admin/v1/users/bulk_create")), 1)

    def test_06_was_jdoes_last_login_legitimate(self):
        person = self.asking().call("get_user", user="jdoe", include=["recent_logins", "phones"])
        self.assertTrue(person["recent_logins"])
        access = self.asking().call("preauth", username="jdoe")
        self.assertTrue(access["authorized"])

    def test_07_jsmith_to_the_trash_and_back(self):
        gone = self.asking().call("trash_users", users=["jsmith"])
        self.assertEqual(gone["state"], "done", gone)
        self.assertEqual(gone["results"][0]["now"]["status"], "pending deletion")
        self.assertIn("Deleted for good on about", " ".join(gone["notes"]))
        back = self.asking().call("restore_users", users=["jsmith"])
        self.assertEqual(back["state"], "done", back)
        self.assertEqual(back["results"][0]["now"]["status"], "disabled")
        self.assertIn("active before the trash", " ".join(back["notes"]))

    def test_08_acmes_credits_and_edition(self):
        self.assertEqual(self.asking().call("get_telephony_credits", account="Acme")["credits"], 340)
        self.assertEqual(self.asking().call("get_billing_edition", account="acme")["edition"], "PLATFORM")

    def test_09_asmith_active_again(self):
        changed = self.asking().call("modify_user", user="asmith", status="active")
        self.assertEqual(changed["state"], "done", changed)
        self.assertEqual(self.demo.control("users/asmith")["status"], "active")
        again = self.asking().call("modify_user", user="asmith", status="active")
        self.assertEqual(again["results"][0]["outcome"], "already")

    def test_10_do_the_keys_work(self):
        checks = self.asking().call("check_auth")
        self.assertTrue(checks["all_valid"], checks)
        self.assertEqual({check["api"] for check in checks["credentials"]}, {"auth", "admin", "accounts"})

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
            self.asking(key="read_only_api_key").call("trash_users", users=["jdoe"])
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


class Modern(Questions, unittest.TestCase):
    """A client of 2026-07-28, which can be asked."""

    mode = "2026-07-28"

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


class Legacy(Questions, unittest.TestCase):
    """A client that begins with initialize, which cannot be asked."""

    mode = "legacy"

    def test_two_users_wait_for_an_approval(self):
        held = self.asking(answer=phrase).call("trash_users", users=["lking", "jdoe"])
        self.assertEqual(held["code"], "approval_pending", held)
        self.demo.operator("POST", f"/operations/{held['operation_id']}/deny")
        answer = self.asking().call("get_operation", operation_id=held["operation_id"])
        self.assertEqual(answer["state"], "denied")


class Going(unittest.TestCase):
    """The demo as a process."""

    def test_it_ends_soon_and_goes_on_with_the_same_world(self):
        demo = Demo()
        try:
            first = dict(demo.facts)
            Asking(demo, "2026-07-28").call("trash_users", users=["jsmith"])
            self.assertLess(demo.stop(), 2.0)
            demo.start()
            for fact in ("api_key", "operator_key", "tenant_id", "unattended_api_key", "read_only_api_key"):
                self.assertEqual(first[fact], demo.facts[fact])
            self.assertEqual(demo.control("users/jsmith")["status"], "pending deletion")
            person = Asking(demo, "legacy").call("get_user", user="jsmith")
            self.assertEqual(person["user"]["status"], "pending deletion")
        finally:
            demo.close()


# The base class has no era, and is not run by itself.
del Questions
