"""The examples that Duo publishes with its client, run as they are; what they say and what they did.

They come with the client's source archive, which `run` fetches by its hash; nothing of them stands here.
"""

import ast
import collections
import csv
import io
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from bench import Case, Https, control, facts, port

PUBLISHED = pathlib.Path(os.environ["DUO_CLIENT_EXAMPLES"])
TRIED = set()


class Published(Https, Case):
    """An example in a folder of its own, because some write beside themselves."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory())) / "examples"
        shutil.copytree(PUBLISHED, cls.folder)

    def command(self, name, *arguments):
        TRIED.add(name)
        return [sys.executable, "example.py", facts()["ca_file"], str(port(facts()["https_url"])),
                str(self.folder / name), *arguments]

    def started(self, name, *arguments):
        # In a session of its own it has no terminal, and asks for secrets on its input as well.
        return subprocess.Popen(self.command(name, *arguments), cwd=pathlib.Path(__file__).parent, text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                start_new_session=True)

    def said(self, name, *arguments, answers=(), fails=None):
        """What the example printed; `fails` is what it must end with instead of ending well."""
        with self.started(name, *arguments) as process:
            out, errors = process.communicate("".join(f"{answer}\n" for answer in answers), timeout=90)
        if fails is None:
            self.assertEqual(process.returncode, 0, out + errors)
        else:
            self.assertEqual(process.returncode, 1, out + errors)
            self.assertIn(fails, errors.strip().splitlines()[-1])
        return out

    def keys(self, kind, host=None):
        keys = self.application(kind)
        return [keys["ikey"], keys["skey"], host or keys["host"]]

    def flags(self, kind, host=None):
        ikey, skey, host = self.keys(kind, host)
        return ["--ikey", ikey, "--skey", skey, "--host", host]

    def outcomes(self, path):
        return [call["outcome"] for call in control("GET", "/record?path=" + path)["requests"]]


class Accounts(Published):
    def children(self):
        return {child["name"]: child for child in control("GET", "/accounts")["children"]}

    def test_create_child_account(self):
        out = self.said("Accounts/create_child_account.py", *self.keys("accounts"), "Delta Farms")
        made = self.children()["Delta Farms"]
        self.assertIn("Child account for [Delta Farms] created successfully.", out)
        told = ast.literal_eval(out.strip().splitlines()[-1])
        self.assertEqual((told["account_id"], told["api_hostname"]), (made["account_id"], made["api_hostname"]))

    def test_delete_child_account(self):
        acme = self.children()["Acme"]["account_id"]
        answers = [*self.keys("accounts"), acme]
        out = self.said("Accounts/delete_child_account.py", answers=answers)
        self.assertIn("Deleting child account with name [Acme]", out)
        self.assertIn(f"Account {acme} was deleted successfully.", out)
        self.assertEqual(set(self.children()), {"Bluebird Dental", "Cedar Logistics"})
        self.assertIn("Unable to find account", self.said("Accounts/delete_child_account.py", answers=answers))

    def test_get_account_edition(self):
        acme = self.children()["Acme"]
        out = self.said("Accounts/get_account_edition.py", answers=[*self.keys("accounts"), acme["account_id"]])
        self.assertIn(f"is '{acme['edition']}' [Duo Advantage]", out)
        asked = self.last("GET", "/admin/v1/billing/edition")
        self.assertEqual((asked["host"], asked["account_id"]), (acme["api_hostname"], acme["account_id"]))

    def test_set_account_edition(self):
        acme = self.children()["Acme"]
        answers = [*self.keys("accounts"), acme["account_id"], acme["api_hostname"], "golden", "beyond"]
        out = self.said("Accounts/set_account_edition.py", answers=answers)
        self.assertIn("Invalid account edition.", out)
        self.assertIn("Edition [BEYOND] successfully set", out)
        self.assertEqual(self.children()["Acme"]["edition"], "BEYOND")

    def test_get_billing_and_telephony_credits(self):
        out = self.said("Accounts/get_billing_and_telephony_credits.py", answers=self.keys("accounts"))
        for name, child in self.children().items():
            self.assertIn(f"Edition for child account {name}: {child['edition']}\n", out)
            self.assertIn(f"Telephony credits for child account {name}: {child['credits']}\n", out)

    def test_retrieve_account_list(self):
        out = self.said("Accounts/retrieve_account_list.py", answers=self.keys("accounts"))
        rows = [line[line.index("{"):] for line in out.splitlines() if "{" in line]
        told = {row["account_id"]: row["api_hostname"] for row in map(ast.literal_eval, rows)}
        self.assertEqual(told, {c["account_id"]: c["api_hostname"] for c in self.children().values()})

    def test_integrations_of_a_child(self):
        acme = self.children()["Acme"]
        flags = self.flags("accounts", acme["api_hostname"])
        out = self.said("Accounts/retrieve_integrations_from_child_account.py", *flags,
                        "--child_account_id", acme["account_id"])
        self.assertIn(f"Retrieving integrations for child account {acme['account_id']}", out)
        asked = self.last("GET", "/admin/v3/integrations")
        self.assertEqual((asked["outcome"], asked["account_id"]), (200, acme["account_id"]))
        self.assertNotIn("integration['name']", out, "the parent's applications are not the child's")


class Auth(Published):
    def login(self):
        return control("GET", "/logins")["logins"][-1]

    def test_basic_user_mfa(self):
        control("POST", "/scripts", {"user": "mrossi", "outcome": "approve"})
        ikey, skey, host = self.keys("auth")
        flags = ["--ikey", ikey, "--skey", skey, "--api-host", host, "--ipaddr", "192.0.2.44"]
        out = self.said("Auth/basic_user_mfa.py", *flags, "--username", "mrossi", "--verbose")
        self.assertIn("Success. Logging you in...", out)
        login = self.login()
        self.assertEqual((login["username"], login["state"], login["factor"], login["request"]["ipaddr"]),
                         ("mrossi", {"final": "allow"}, "push", "192.0.2.44"))
        self.assertIn("bypass mode", self.said("Auth/basic_user_mfa.py", *flags, "--username", "asmith"))
        out = self.said("Auth/basic_user_mfa.py", answers=[ikey, skey, host, "pnew"])
        self.assertRegex(out, r"Please enroll in Duo .*\nhttps://api-[0-9a-f]{8}\.duosecurity\.com/portal\?code=")
        self.admin().update_user(self.user("mrossi")["user_id"], status="disabled")
        self.assertIn("is disabled", self.said("Auth/basic_user_mfa.py", *flags, "--username", "mrossi"))
        self.assertEqual(len(control("GET", "/logins")["logins"]), 1, "nobody else was asked")

    def test_basic_user_mfa_token(self):
        jsmith = self.user("jsmith")
        code, other = self.admin().add_user_bypass_codes(jsmith["user_id"], count=2)
        answers = [*self.keys("auth"), "jsmith", code]
        out = self.said("Auth/basic_user_mfa_token.py", answers=answers)
        self.assertIn(f"'name': '{jsmith['tokens'][0]['serial']}', 'type': 'token'", out)
        self.assertIn("Success. Logging you in...", out)
        self.assertEqual(self.user("jsmith")["bypass_codes"], 1, "used up")
        self.assertIn("Incorrect passcode.", self.said("Auth/basic_user_mfa_token.py", answers=answers))
        self.assertEqual((self.user("jsmith")["failures"], self.user("jsmith")["bypass_codes"]), (1, 1))

    def test_async_basic_user_mfa(self):
        for outcome, success in (("approve", True), ("deny", False)):
            control("POST", "/scripts", {"user": "lking", "outcome": outcome, "after_ms": 300, "times": 1})
            out = self.said("Auth/async_basic_user_mfa.py", *self.keys("auth"), "lking")
            self.assertIn("'waiting': True", out)
            last = ast.literal_eval(out.strip().splitlines()[-1])
            self.assertEqual((last["waiting"], last["success"]), (False, success))
            self.assertEqual(self.login()["state"], {"final": "allow" if success else "deny"})
        self.assertEqual(self.user("lking")["failures"], 1)

    def test_async_advanced_user_mfa(self):
        control("POST", "/scripts", {"user": "mrossi", "outcome": "approve"})
        control("POST", "/scripts", {"user": "lking", "outcome": "fraud"})
        results = self.folder / "Auth/user_authentication_result.log"
        with self.started("Auth/async_advanced_user_mfa.py") as process:
            # Its input is read in turn, so all that it will ask for can be said at once.
            process.stdin.write("\n".join([*self.keys("auth"), "mrossi", "lking"]) + "\n")
            process.stdin.flush()
            until = time.monotonic() + 30
            while time.monotonic() < until and not (results.exists() and results.read_text().count("\n") == 2):
                self.assertIsNone(process.poll(), "it ended by itself")
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, out + errors)
        self.assertIn("All threads complete. Shutting down.", out)
        told = [ast.literal_eval(line.split(" - ", 1)[1]) for line in results.read_text().splitlines()]
        self.assertEqual({row["username"]: (row["success"], row["status"]) for row in told},
                         {"mrossi": (True, "allow"), "lking": (False, "fraud")})
        held = {login["username"]: login["state"] for login in control("GET", "/logins")["logins"]}
        self.assertEqual(held, {"mrossi": {"final": "allow"}, "lking": {"final": "fraud"}})


class Admin(Published):
    def everybody(self):
        return list(self.admin().get_users_iterator())

    def rows(self, out):
        return list(csv.reader(io.StringIO(out)))

    def test_create_user_and_phone(self):
        out = self.said("Admin/create_user_and_phone.py", *self.keys("admin"), "newcomer", "New Comer",
                        json.dumps({"badge": "B-17"}), "+1-202-555-0123", "mobile", "google android")
        self.assertIn("Added phone +12025550123 to user newcomer", out)
        made = self.user("newcomer")
        self.assertEqual((made["realname"], made["custom_attributes"], made["is_enrolled"]),
                         ("New Comer", {"badge": "B-17"}, True))
        phone, = made["phones"]
        self.assertEqual((phone["number"], phone["type"], phone["platform"]),
                         ("+12025550123", "Mobile", "Google Android"))
        sent = control("GET", "/sent")["sent"][-1]
        self.assertEqual((sent["kind"], sent["phone_id"]), ("sms_activation", phone["phone_id"]))

    def test_get_users_in_group_with_aliases(self):
        narroway = self.user("narroway")
        group = self.admin().create_group("With aliases")["group_id"]
        for name in ("narroway", "jdoe"):
            self.admin().add_user_group(self.user(name)["user_id"], group)
        out = self.said("Admin/get_users_in_group_with_aliases.py", *self.flags("admin"),
                        "--group_name", "With aliases")
        self.assertEqual(len(out.splitlines()), 2)
        self.assertIn(f"'username': narroway, 'user_id': {narroway['user_id']}, 'group_name': With aliases, "
                      f"'aliases': '{','.join(narroway['aliases'].values())}'", out)

    def test_report_user_activity(self):
        out = self.said("Admin/report_user_activity.py", *self.keys("admin"))
        told = {line.split()[0]: line.split() for line in out.splitlines()[2:]}
        everybody = self.everybody()
        self.assertEqual(set(told), {user["username"] for user in everybody})
        self.assertEqual(len(told), control("GET", "/counts")["users"])
        for user in everybody:
            words = told[user["username"]]
            self.assertEqual((words[-1], words[1] == "Never"), (str(user["is_enrolled"]), user["last_login"] is None))

    def test_report_user_by_email(self):
        out = self.said("Admin/report_user_by_email.py", *self.keys("admin"), "jdoe@example.com")
        found, = ast.literal_eval(out.strip())
        self.assertEqual(found["user_id"], self.user("jdoe")["user_id"])
        out = self.said("Admin/report_user_by_email.py", answers=[*self.keys("admin"), "nobody@example.com"])
        self.assertIn("User with email [nobody@example.com] could not be found.", out)

    def test_report_users_and_phones(self):
        rows = self.rows(self.said("Admin/report_users_and_phones.py", *self.keys("admin")))
        self.assertEqual(rows[1], ["Username", "Phone Number", "Type", "Platform"])
        held = sorted([user["username"], phone["number"], phone["type"], phone["platform"]]
                      for user in self.everybody() for phone in user["phones"])
        self.assertEqual(sorted(rows[2:]), held)

    def test_update_phone_names(self):
        before = {phone["phone_id"]: phone["name"] for phone in self.admin().get_phones_generator()}
        out = self.said("Admin/update_phone_names.py", *self.keys("admin"))
        self.assertEqual(out.count("is now named"), len(before))
        some = [*before][::20]
        self.assertEqual([control("GET", "/phones/" + one)["name"] for one in some],
                         [before[one] + "_new" for one in some])

    def test_log_examples_activity(self):
        self.admin().add_user("logged")
        # Without a time given it means milliseconds here and seconds there; the whole past is in either.
        out = self.said("Admin/log_examples.py", *self.keys("admin"),
                        answers=["", str(int(time.time() * 1000) + 60_000), "", "", "", "activity"])
        row, = [line for line in out.splitlines() if "user_create" in line]
        self.assertTrue(row.endswith(",logged,Admin API"), row)

    def test_log_examples_telephony(self):
        lking = self.user("lking")["phones"][0]
        self.admin().send_sms_activation_to_phone(lking["phone_id"])
        control("POST", "/scripts", {"user": "lking", "outcome": "approve", "factor": "phone"})
        self.auth().auth("phone", username="lking", device="auto")
        out = self.said("Admin/log_examples.py", *self.keys("admin"),
                        answers=["", str(int(time.time() * 1000) + 60_000), "", "", "", ""])
        rows = [row for row in self.rows(out) if len(row) == 6][1:]
        txid = control("GET", "/logins")["logins"][-1]["txid"]
        self.assertEqual([row[1:] for row in rows], [[txid, "1", "authentication", lking["number"], "phone"],
                                                     ["", "1", "administrator", lking["number"], "sms"]])

    def test_log_examples_auth(self):
        # The example hands its filters over under a name that the client ignores, and then reads fields of another
        # log: with rows to show it fails, also against Duo.
        self.auth().auth("push", username="asmith", device="auto")
        self.said("Admin/log_examples.py", *self.keys("admin"), answers=["", "", "", "", "", "auth"],
                  fails="KeyError: 'admin_name'")
        self.assertEqual(self.last("GET", "/admin/v2/logs/authentication")["outcome"], 200)

    def test_report_auths_by_country(self):
        held, cursor, now = [], None, int(time.time() * 1000)
        while cursor or not held:
            page = self.admin().get_authentication_log(
                api_version=2, mintime=0, maxtime=now, limit="1000", **({"next_offset": ",".join(cursor)} if cursor else {}))
            held += [row["access_device"]["location"]["country"] for row in page["authlogs"]]
            cursor = page["metadata"]["next_offset"]
        self.assertLess(len(held), 1000, "all of them fit into what the older log gives at once")
        rows = self.rows(self.said("Admin/report_auths_by_country.py", *self.keys("admin")))
        self.assertEqual({country: int(count) for country, count in rows[2:]}, collections.Counter(held))


class Splunk(Published):
    def test_logs_for_splunk(self):
        """The one example that takes an authority and a proxy by itself, and remembers what it has told."""
        ikey, skey, host = self.keys("admin")
        settings = self.folder / "duo.conf"
        settings.write_text(f"[duo]\nikey = {ikey}\nskey = {skey}\nhost = {host}\nca_certs = {facts()['ca_file']}\n"
                            f"http_proxy = http://127.0.0.1:{port(facts()['https_url'])}\n")
        def told():
            TRIED.add("splunk/splunk.py")
            return subprocess.run([sys.executable, self.folder / "splunk/splunk.py", settings], text=True, check=True,
                                  capture_output=True, timeout=90).stdout.splitlines()
        before = told()
        self.assertEqual({line.split('eventtype="')[1].split('"')[0] for line in before},
                         {"administrator", "authentication"})
        control("POST", "/clock", {"advance_ms": 5_000})
        self.admin().add_user("for.splunk")
        self.auth().auth("sms", username="lking", device="auto")
        fresh = told()
        self.assertEqual(len(fresh), 3, fresh)
        for line, words in zip(fresh, (('action="Create User"', 'object="for.splunk"'),
                                       ('username="lking"', 'result="FAILURE"', 'reason="sms_sent"'),
                                       ('eventtype="telephony"', 'context="authentication"', 'credits="1"'))):
            for word in (*words, f'host="{host}"'):
                self.assertIn(word, line)
        self.assertEqual(told(), [])


class Governed(Published):
    """Policies, administrators and applications."""

    def test_policies(self):
        for name, given in (("policies", {"arguments": self.keys("admin")}), ("policies_advanced", {})):
            control("POST", "/reset")
            out = self.said(f"Admin/{name}.py", *given.get("arguments", ()), answers=self.keys("admin"))
            held = {one["policy_name"].rpartition(" - ")[2]: one for one in control("GET", "/policies")["policies"]}
            self.assertEqual(set(held), {"Global Policy", *"abdef"}, "c was deleted")
            self.assertEqual([sorted(held[letter]["sections"]) for letter in "abdef"],
                             [[], ["duo_desktop"], ["browsers"], [], []])
            for policy in held.values():
                self.assertIn(policy["policy_key"], out)

    def test_create_admin(self):
        out = self.said("Admin/create_admin.py", *self.keys("admin"), "Ann Ode", "ann@example.com", "2025550101",
                        "unused", "Help Desk", "")
        made = control("GET", "/administrators")["administrators"][-1]
        self.assertEqual((made["name"], made["email"], made["role"]), ("Ann Ode", "ann@example.com", "Help Desk"))
        self.assertIn(made["admin_id"], out)

    def test_update_admin(self):
        before = control("GET", "/administrators")["administrators"]
        out = self.said("Admin/update_admin.py", *self.keys("admin"), before[3]["admin_id"], "New Name", "", "", "Disabled",
                        "", "")
        self.assertIn("'name': 'New Name'", out)
        after = control("GET", "/administrators")["administrators"]
        self.assertEqual(after[3], {**before[3], "name": "New Name", "status": "Disabled"})
        self.assertEqual(after[:3] + after[4:], before[:3] + before[4:])

    def test_create_integration_sso_generic(self):
        out = self.said("Admin/create_integration_sso_generic.py", *self.keys("admin"))
        made, = control("GET", "/integrations")["integrations"]
        self.assertEqual((made["name"], made["type"]), ("api-created integration", "sso-generic"))
        self.assertEqual(made["sso"]["saml_config"]["entity_id"], "entity_id")
        self.assertIn(made["integration_key"], out)

    def test_create_integration_in_child_account(self):
        acme = next(c for c in control("GET", "/accounts")["children"] if c["name"] == "Acme")
        keys = self.keys("accounts", acme["api_hostname"])
        out = self.said("Accounts/create_integration_in_child_account.py", answers=[*keys, acme["account_id"], "Door",
                                                                                   "websdk"])
        made, = control("GET", "/integrations?account=Acme")["integrations"]
        self.assertIn(f"New application Door (ID: {made['integration_key']}) was created successfully.", out)
        self.assertEqual(control("GET", "/integrations")["integrations"], [], "not in the parent")
        out = self.said("Accounts/retrieve_integrations_from_child_account.py",
                        *self.flags("accounts", acme["api_hostname"]), "--child_account_id", acme["account_id"])
        self.assertIn("integration['name']='Door'", out)


class NotModelled(Published):
    def test_trust_monitor_events(self):
        """An API that Duo ends in January 2027; the simulator never had it, and says so as Duo would."""
        self.said("Admin/trust_monitor_events.py", *self.keys("admin"), fails="Received 404 Resource not found")
        self.assertEqual(self.outcomes("/admin/v1/trust_monitor/events"), [40401])
