"""Every call of the client's Auth class."""

import threading
import time

import duo_client

from bench import Case, Http, Https, control


class AuthCalls:
    def test_ping_needs_no_key_and_check_does(self):
        wrong = duo_client.Auth(ikey="DIWRONGWRONGWRONGWRO", skey="x" * 40, **self.way())
        self.assertAlmostEqual(wrong.ping()["time"], time.time(), delta=10)
        answer = self.refused(401, "Invalid integration key", wrong.check)
        self.assertEqual(answer["code"], 40102)
        self.assertAlmostEqual(self.auth().check()["time"], time.time(), delta=10)
        call = self.last("GET", "/auth/v2/check")
        self.assertEqual((call["signature"], call["outcome"], call["listener"]), ("v5/sha512", 200, self.listener))

    def test_wrong_secret_and_wrong_kind_of_key(self):
        keys = self.application("auth")
        wrong = duo_client.Auth(ikey=keys["ikey"], skey="x" * 40, **self.way())
        self.assertEqual(self.refused(401, "Invalid signature", wrong.check)["code"], 40103)
        crossed = self.client(duo_client.Auth, "admin")
        answer = self.refused(403, "Wrong integration type for this API.", crossed.check)
        self.assertEqual(answer["code"], 40301)

    def test_older_signatures(self):
        keys = self.application("auth")
        second = duo_client.Auth(ikey=keys["ikey"], skey=keys["skey"], sig_version=2, **self.way())
        self.assertIn("time", second.check())
        self.assertEqual(self.last("GET", "/auth/v2/check")["signature"], "v2/sha512")
        self.assertEqual(second.preauth(username="mrossi")["result"], "auth")
        fourth = duo_client.Auth(ikey=keys["ikey"], skey=keys["skey"], sig_version=4, **self.way())
        self.refused(401, "Invalid signature", fourth.check)

    def test_logo(self):
        self.assertTrue(self.auth().logo().startswith(b"\x89PNG\r\n"))
        self.assertEqual(self.last("GET", "/auth/v2/logo")["ikey"], self.application("auth")["ikey"])

    def test_enroll_and_its_status(self):
        made = self.auth().enroll("newcomer", valid_secs=600, bypass_codes=2)
        self.assertEqual(made["username"], "newcomer")
        self.assertEqual(len(made["bypass_codes"]), 2)
        self.assertTrue(made["activation_code"].startswith("duo://"))
        self.assertAlmostEqual(made["expiration"], time.time() + 600, delta=10)
        status = self.auth().enroll_status
        self.assertEqual(status(made["user_id"], made["activation_code"]), "waiting")
        self.assertEqual(status(made["user_id"], "duo://other"), "invalid")
        self.assertEqual(self.user("newcomer")["bypass_codes"], 2)
        self.refused(400, "username", self.auth().enroll, "NewComer")
        self.assertEqual(self.user(self.auth().enroll()["username"])["is_enrolled"], False)

    def test_an_enrolment_ends_with_its_time(self):
        made = self.auth().enroll("newcomer", valid_secs=100)
        status = self.auth().enroll_status
        control("POST", "/clock", {"advance_ms": 90_000})
        self.assertEqual(status(made["user_id"], made["activation_code"]), "waiting")
        control("POST", "/clock", {"advance_ms": 20_000})
        self.assertEqual(status(made["user_id"], made["activation_code"]), "invalid")
        self.assertIsNotNone(self.user("newcomer"), "the user stays")

    def test_preauth_tells_everybody_apart(self):
        preauth = self.auth().preauth
        king = preauth(username="LKing")
        self.assertEqual((king["result"], king["status_msg"]), ("auth", "Account is active"))
        phone = king["devices"][0]
        self.assertLessEqual({"push", "sms", "phone"}, set(phone["capabilities"]))
        self.assertRegex(phone["number"], r"^XXX-XXX-\d{4}$")
        tokens = [d for d in preauth(username="jsmith")["devices"] if d["type"] == "token"]
        self.assertEqual(set(tokens[0]), {"device", "name", "type"})
        self.assertEqual(preauth(username="narroway@example.com")["result"], "auth")
        self.assertEqual(preauth(user_id=self.user("mrossi")["user_id"], ipaddr="192.0.2.1")["result"], "auth")
        self.assertEqual(preauth(username="asmith")["result"], "allow")
        self.assertEqual(preauth(username="bglass")["result"], "allow", "the group's bypass overrides")
        for stranger in ("nobody.at.all", "pnew"):
            answer = preauth(username=stranger)
            self.assertEqual(answer["result"], "enroll")
            self.assertIn("enroll_portal_url", answer)
        admin = self.admin()
        admin.update_user(self.user("mrossi")["user_id"], status="disabled")
        self.assertEqual(preauth(username="mrossi")["result"], "deny")
        self.refused(400, "username", preauth)
        self.refused(400, "username", preauth, username="jdoe", user_id="DU1")

    def test_a_push_is_followed_to_its_end(self):
        for action, end in (("approve", ("allow", True)), ("deny", ("deny", False)), ("fraud", ("fraud", False))):
            control("POST", "/reset")
            auth = self.auth()
            txid = auth.auth("push", username="mrossi", device="auto", async_txn=True, type="Check",
                             pushinfo="from=help%20desk")["txid"]
            first = auth.auth_status(txid)
            self.assertEqual((first["waiting"], first["status"]), (True, "pushed"))
            presser = threading.Timer(0.3, control, ("POST", "/press", {"user": "mrossi", "action": action}))
            presser.start()
            began = time.monotonic()
            last = auth.auth_status(txid)
            presser.join()
            self.assertGreater(time.monotonic() - began, 0.2, "the poll waits for the change")
            self.assertEqual((last["status"], last["success"], last["waiting"]), (*end, False))
            login, = control("GET", "/logins")["logins"]
            self.assertEqual((login["txid"], login["state"]), (txid, {"final": end[0]}))
            self.assertEqual(self.user("mrossi")["failures"], 0 if end[1] else 1)
            self.assertEqual(auth.auth_status(txid)["status"], end[0], "the end is told again")
            control("POST", "/clock", {"advance_ms": 130_000})
            self.refused(400, "Invalid request parameters", auth.auth_status, txid)

    def test_a_call_that_waits_and_a_script(self):
        control("POST", "/scripts", {"user": "LKING", "outcome": "approve", "after_ms": 200, "times": 1})
        self.assertEqual(self.auth().auth("auto", username="lking", device="auto"),
                         {"result": "allow", "status": "allow", "status_msg": "Success. Logging you in..."})
        control("POST", "/scripts", {"outcome": "deny", "factor": "phone", "after_ms": 900})
        auth = self.auth()
        txid = auth.auth("phone", username="lking", device="auto", async_txn=True)["txid"]
        seen = [auth.auth_status(txid)["status"] for _ in range(3)]
        self.assertEqual(seen, ["calling", "answered", "deny"])
        self.assertGreater(self.user("lking")["last_login"], time.time() - 60)

    def test_timeout_failure_and_lockout(self):
        control("POST", "/options", {"login_timeout_ms": 300})
        auth = self.auth()
        self.assertEqual(auth.auth("push", username="mrossi", device="auto")["status"], "timeout")
        control("POST", "/scripts", {"user": "mrossi", "outcome": "push_failed"})
        txid = auth.auth("push", username="mrossi", device="auto", async_txn=True)["txid"]
        seen = []
        while not seen or seen[-1] not in ("timeout", "allow", "deny"):
            seen.append(auth.auth_status(txid)["status"])
        self.assertEqual(seen[-2:], ["push_failed", "timeout"])
        for attempt in range(8):
            answer = auth.auth("passcode", username="mrossi", passcode="000000")
        self.assertEqual((answer["result"], answer["status"]), ("deny", "locked_out"), "the tenth failure")
        locked = self.user("mrossi")
        self.assertEqual((locked["status"], locked["lockout_reason"]), ("locked out", "Failed Attempts"))
        self.assertEqual(auth.preauth(username="mrossi")["result"], "deny")

    def test_passcodes(self):
        auth, jdoe = self.auth(), self.user("jdoe")["user_id"]
        code, = self.admin().add_user_bypass_codes(jdoe, count=1)
        wrong = auth.auth("passcode", username="jdoe", passcode="111111")
        self.assertEqual((wrong["result"], wrong["status_msg"]), ("deny", "Incorrect passcode. Please try again."))
        self.assertEqual(auth.auth("passcode", username="jdoe", passcode=code)["result"], "allow")
        self.assertEqual(auth.auth("passcode", username="jdoe", passcode=code)["result"], "deny", "one use")
        self.assertEqual(self.user("jdoe")["bypass_codes"], 0)
        self.assertEqual(self.user("jdoe")["failures"], 1, "counted since the last success")
        sent = auth.auth("sms", username="jdoe", device="auto")
        self.assertEqual((sent["result"], sent["status"]), ("deny", "sent"))
        codes = control("GET", "/sent")["sent"][-1]["codes"]
        self.assertEqual(auth.auth("passcode", user_id=jdoe, passcode=codes[0])["result"], "allow")

    def test_a_bypass_code_ends_with_its_time(self):
        jdoe = self.user("jdoe")["user_id"]
        first, second = self.admin().add_user_bypass_codes(jdoe, count=2, valid_secs=100)
        def attempt(code):
            return self.auth().auth("passcode", username="jdoe", passcode=code)["result"]
        self.assertEqual(attempt(first), "allow")
        control("POST", "/clock", {"advance_ms": 101_000})
        self.assertEqual(attempt(second), "deny")
        self.assertEqual(self.user("jdoe")["bypass_codes"], 0)

    def test_whoever_is_disabled_is_denied_at_once(self):
        mrossi = self.user("mrossi")
        self.admin().update_user(mrossi["user_id"], status="disabled")
        txid = self.auth().auth("push", username="mrossi", device="auto", async_txn=True)["txid"]
        self.assertEqual(control("GET", "/logins")["logins"][-1]["state"], {"final": "deny"})
        self.assertEqual(self.auth().auth_status(txid)["status"], "deny")
        self.assertEqual(self.user("mrossi")["last_login"], mrossi["last_login"])

    def test_bypass_allows_at_once_and_no_device_is_an_error(self):
        self.assertEqual(self.auth().auth("push", username="asmith", device="auto")["status"], "bypass")
        self.refused(400, "no capable device", self.auth().auth, "push", username="pnew", device="auto")
        self.refused(400, "device", self.auth().auth, "push", username="jdoe", device="DPXXXXXXXXXXXXXXXXXX")
        self.refused(400, "factor", self.auth().auth, "telepathy", username="jdoe", device="auto")


class OverHttps(AuthCalls, Https, Case):
    pass


class OverHttp(AuthCalls, Http, Case):
    pass
