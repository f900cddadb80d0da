"""Signatures, proxies, and what goes wrong on the wire."""

import email.utils
import hashlib
import json
import ssl
import time
import urllib.error
import urllib.request
from unittest import mock

import duo_client

from bench import Case, Http, Https, control, facts, port


class Signatures(Http, Case):
    """Requests put together by hand, because the client signs nothing that is wrong."""

    def headers(self, method, path, params=None, body="", **other):
        keys, date = self.application("admin"), other.get("date", email.utils.formatdate())
        signature = duo_client.client.sign(
            keys["ikey"], keys["skey"], method, "localhost", path, date, 5, params or {}, body=body,
            digestmod=hashlib.sha512, additional_headers={})
        return {"Authorization": signature, "Date": date, "Content-Type": "application/json"}

    def sent(self, method, uri, headers, body=None):
        response, data = self.admin()._make_request(method, uri, body, headers)
        return response.status, json.loads(data).get("code")

    def without(self, name, *given):
        return {key: value for key, value in self.headers(*given).items() if key != name}

    def test_a_body_is_what_was_signed(self):
        for signed, sent in (("", '{"username":"forged"}'), ('{"username":"meant"}', '{"username":"forged"}')):
            headers = self.headers("POST", "/admin/v1/users", body=signed)
            self.assertEqual(self.sent("POST", "/admin/v1/users", headers, sent), (401, 40103))
        self.assertIsNone(self.user("forged"))
        headers = self.headers("POST", "/admin/v1/users", body='{"username":"meant"}')
        self.assertEqual(self.sent("POST", "/admin/v1/users", headers, '{"username":"meant"}'), (200, None))
        self.assertIsNotNone(self.user("meant"))

    def test_parameters_may_be_sent_in_any_order(self):
        params = {"username": ["jdoe"], "offset": ["0"], "limit": ["5"]}
        for order in ("username=jdoe&offset=0&limit=5", "limit=5&offset=0&username=jdoe"):
            headers = self.headers("GET", "/admin/v1/users", params)
            self.assertEqual(self.sent("GET", "/admin/v1/users?" + order, headers), (200, None), order)
        headers = self.headers("GET", "/admin/v1/users", {**params, "limit": ["6"]})
        self.assertEqual(self.sent("GET", "/admin/v1/users?" + order, headers), (401, 40103))

    def test_what_is_missing(self):
        given = ("POST", "/admin/v1/users", None, "{}")
        uri = "/admin/v1/users"
        self.assertEqual(self.sent("POST", uri, self.without("Authorization", *given), "{}"), (401, 40101))
        self.assertEqual(self.sent("POST", uri, self.without("Date", *given), "{}"), (401, 40104))
        self.assertEqual(self.sent("POST", uri, {**self.headers(*given), "Content-Type": "text/csv"}, "{}"),
                         (401, 40106))
        self.assertEqual(self.sent("POST", uri, self.headers(*given), "{}"), (400, 40001))
        self.assertEqual(control("GET", "/counts")["users"], 250)


class Proxy(Https, Case):
    """Duo's own host names, reached through CONNECT on the HTTPS port."""

    def proxied(self, cls, keys, host, **more):
        client = cls(ikey=keys["ikey"], skey=keys["skey"], host=host, ca_certs=facts()["ca_file"], **more)
        client.set_proxy("127.0.0.1", port(facts()["https_url"]))
        return client

    def test_the_real_name_of_the_parent(self):
        keys = self.application("auth")
        self.assertIn("time", self.proxied(duo_client.Auth, keys, keys["host"]).check())
        call = self.last("GET", "/auth/v2/check")
        self.assertEqual((call["host"], call["listener"]), (keys["host"], "https"))
        upper = keys["host"].upper()
        self.assertIn("time", self.proxied(duo_client.Auth, keys, upper).check())

    def test_a_key_is_unknown_at_another_host(self):
        keys, child = self.application("auth"), self.child_account()
        stranger = self.proxied(duo_client.Auth, keys, child["api_hostname"])
        self.assertEqual(self.refused(401, "Invalid integration key", stranger.check)["code"], 40102)

    def test_a_child_at_its_own_host_only(self):
        keys, child = self.application("accounts"), self.child_account()
        acme = self.proxied(duo_client.admin.AccountAdmin, keys, child["api_hostname"],
                            account_id=child["account_id"], child_api_host=child["api_hostname"])
        self.assertEqual(acme.get_telephony_credits(), {"credits": 340})
        self.assertEqual(len(list(acme.get_users_iterator())), 24)
        astray = self.proxied(duo_client.admin.AccountAdmin, keys, keys["host"],
                              account_id=child["account_id"], child_api_host=keys["host"])
        self.refused(403, "Access forbidden", astray.get_telephony_credits)

    def test_a_new_account_has_a_host_at_once(self):
        keys = self.application("accounts")
        made = self.accounts().create_account("Fresh")
        fresh = self.proxied(duo_client.admin.AccountAdmin, keys, made["api_hostname"],
                             account_id=made["account_id"], child_api_host=made["api_hostname"])
        self.assertEqual(fresh.get_users(limit=5), [])


class Faults(Https, Case):
    def test_control_and_phone_are_on_plain_http_only(self):
        context = ssl.create_default_context(cafile=facts()["ca_file"])
        for path in ("/_control/record", "/phone"):
            with self.assertRaises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(facts()["https_url"] + path, context=context)
            with caught.exception as answer:
                self.assertEqual(json.load(answer)["code"], 40401)

    def test_a_gateway_in_between(self):
        control("POST", "/faults", {"kind": "html502", "path": "/auth/v2/check"})
        with self.assertRaises(RuntimeError) as caught:
            self.auth().check()
        self.assertEqual(str(caught.exception), "Received 502 Bad Gateway")
        self.assertIn("time", self.auth().check(), "once")

    def test_the_official_back_off(self):
        control("POST", "/faults", {"kind": "rate_limit", "times": 2, "retry_after": "1"})
        with mock.patch("duo_client.client.sleep") as slept:
            self.assertIn("time", self.auth().check())
        self.assertEqual([int(call.args[0]) for call in slept.call_args_list], [1, 2])
        outcomes = [r["outcome"] for r in control("GET", "/record?path=/auth/v2/check")["requests"]]
        self.assertEqual(outcomes, [42901, 42901, 200])

    def test_clocks_that_differ(self):
        auth = self.auth()
        for off, fine in ((290_000, True), (-290_000, True), (320_000, False), (-320_000, False)):
            control("POST", "/clock", {"offset_ms": off})
            if fine:
                auth.check()
            else:
                self.assertEqual(self.refused(401, "Bad request timestamp", auth.check)["code"], 40105)

    def test_resets_before_and_after_the_work(self):
        for when, made in (("before", False), ("after", True)):
            control("POST", "/faults", {"kind": "reset", "when": when, "method": "POST", "path": "/admin/v1/users"})
            with self.assertRaises(OSError):
                self.admin().add_user("ghost")
            self.assertEqual(self.user("ghost") is not None, made)
        self.assertIsNone(self.last("POST", "/admin/v1/users")["outcome"])

    def test_slow_and_dripping_answers(self):
        control("POST", "/faults", {"kind": "delay", "delay_ms": 300})
        began = time.monotonic()
        self.auth().check()
        self.assertGreater(time.monotonic() - began, 0.3)
        control("POST", "/faults", {"kind": "drip"})
        self.assertIn("time", self.auth().check())
        control("POST", "/faults", {"kind": "status", "status": 503, "path": "/admin/*"})
        self.refused(503, "Injected fault", self.admin().get_users, limit=1)

    def test_rates(self):
        control("POST", "/options", {"rate_limits": True})
        admin, now = self.admin(), int(time.time() * 1000)
        with mock.patch("duo_client.client.sleep"):
            for _ in range(50):
                admin.get_activity_logs(mintime=now - 1000, maxtime=now)
            answer = self.refused(429, "Too Many Requests", admin.get_activity_logs, mintime=now - 1000, maxtime=now)
        self.assertEqual(answer["code"], 42901)
        control("POST", "/clock", {"advance_ms": 61_000})
        admin.get_activity_logs(mintime=now - 1000, maxtime=now)
