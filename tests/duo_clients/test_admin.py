"""The client's calls on groups, phones, tokens, logs and the account at large."""

import time

from bench import Case, Http, Https, control


class AdminCalls:
    def test_groups(self):
        admin = self.admin()
        groups = admin.get_groups()
        self.assertEqual([g["name"] for g in groups], [g["name"] for g in control("GET", "/groups")["groups"]])
        self.assertLessEqual({"contractors", "Break glass"}, {g["name"] for g in groups})
        self.assertEqual(list(admin.get_groups_generator()), groups)
        self.assertEqual(admin.get_groups(limit=2, offset=1), groups[1:3])
        self.assertEqual(admin.get_groups_by_group_ids([groups[0]["group_id"]]), groups[:1])
        made = admin.create_group("New people", desc="d", status="bypass")
        held = self.group("New people")
        self.assertEqual((held["group_id"], held["desc"], held["status"]), (made["group_id"], "d", "bypass"))
        self.assertEqual(self.refused(400, "Duplicate resource", admin.create_group, "new people")["code"], 40003)
        jdoe = self.user("jdoe")["user_id"]
        admin.add_user_group(jdoe, made["group_id"])
        self.assertEqual(admin.get_group(made["group_id"], api_version=2), made)
        self.assertEqual([u["user_id"] for u in admin.get_group(made["group_id"])["users"]], [jdoe])
        self.assertEqual(admin.get_group_users(made["group_id"]), [{"user_id": jdoe, "username": "jdoe"}])
        self.assertEqual(len(list(admin.get_group_users_iterator(made["group_id"]))), 1)
        changed = admin.modify_group(made["group_id"], name="Old people", status="active")
        self.assertEqual((changed["name"], changed["status"]), ("Old people", "active"))
        self.assertEqual((self.group("New people"), self.group("Old people")["status"]), (None, "active"))
        self.assertEqual(admin.delete_group(made["group_id"]), "")
        self.refused(404, "Resource not found", admin.get_group, made["group_id"], api_version=2)
        self.assertIsNone(self.group("Old people"))
        self.assertNotIn("Old people", [g["name"] for g in self.user("jdoe")["groups"]])

    def test_phones(self):
        admin = self.admin()
        phones = list(admin.get_phones_generator())
        self.assertEqual(len(phones), control("GET", "/counts")["phones"])
        self.assertEqual(admin.get_phones(limit=3, offset=2), phones[2:5])
        made = admin.add_phone(number="+1 202 555 0123", name="spare", type="mobile", platform="google android",
                               extension="12", predelay="1", postdelay="2")
        self.assertEqual((made["number"], made["type"], made["platform"], made["activated"]),
                         ("+12025550123", "Mobile", "Google Android", False))
        self.assertEqual(admin.get_phone_by_id(made["phone_id"]), made)
        self.assertEqual(self.phone(made["phone_id"]), made)
        self.assertEqual(admin.get_phones_by_number("+12025550123", "12"), [made])
        self.assertEqual(self.refused(400, "Duplicate", admin.add_phone, number="2025550123", extension="12")["code"],
                         40003)
        changed = admin.update_phone(made["phone_id"], name="other", number="+12025550124")
        self.assertEqual((changed["name"], changed["number"]), ("other", "+12025550124"))
        self.assertEqual(self.phone(made["phone_id"]), changed)
        self.refused(400, "type", admin.update_phone, made["phone_id"], type="teapot")
        self.assertEqual(self.phone(made["phone_id"]), changed, "a refusal changes nothing")
        self.assertEqual(admin.delete_phone(made["phone_id"]), "")
        self.assertIsNone(self.phone(made["phone_id"]))
        self.assertEqual(admin.delete_phone(made["phone_id"]), "")
        self.refused(404, "Resource not found", admin.get_phone_by_id, made["phone_id"])

    def test_what_is_sent_to_a_phone(self):
        admin = self.admin()
        phone = self.user("lking")["phones"][0]["phone_id"]
        link = admin.create_activation_url(phone, valid_secs=3600, install="1")
        self.assertEqual((link["valid_secs"], set(link)), (3600, {"activation_url", "activation_barcode",
                                                                  "installation_url", "valid_secs"}))
        self.assertFalse(self.user("lking")["phones"][0]["activated"], "Duo Mobile there falls silent")
        text = admin.send_sms_activation_to_phone(phone, activation_msg="Go to <acturl>", install="1")
        self.assertTrue(text["activation_msg"].startswith("Go to https://"))
        self.assertIn("installation_msg", admin.send_sms_installation(phone))
        before = control("GET", "/accounts")["parent"]["credits"]
        self.assertEqual(admin.json_api_call("POST", f"/admin/v1/phones/{phone}/send_sms_passcodes", {}), "")
        self.assertEqual(control("GET", "/accounts")["parent"]["credits"], before - 1)
        self.assertTrue(self.user("lking")["phones"][0]["sms_passcodes_sent"])
        rows = admin.get_telephony_log(api_version=2, maxtime=int(time.time() * 1000) + 60_000)["items"]
        self.assertEqual([(r["type"], r["context"], r["phone"]) for r in rows],
                         [("sms", "administrator", self.phone(phone)["number"])] * 3)
        self.assertEqual(sum(r["credits"] for r in admin.get_telephony_log()), 3)
        kinds = [s["kind"] for s in control("GET", "/sent")["sent"]]
        self.assertEqual(kinds, ["activation_url", "sms_activation", "sms_installation", "sms_passcodes"])
        unknown = admin.add_phone(number="+12025550199")["phone_id"]
        self.refused(400, "phone type or platform", admin.create_activation_url, unknown)

    def test_tokens(self):
        admin = self.admin()
        tokens = admin.get_tokens()
        self.assertEqual(list(admin.get_tokens_generator()), tokens)
        self.assertEqual(len(tokens), control("GET", "/counts")["tokens"])
        self.assertEqual([t["token_id"] for t in self.user("jsmith")["tokens"]],
                         [t["token_id"] for t in tokens if "jsmith" in [u["username"] for u in t["users"]]])
        one = tokens[0]
        self.assertEqual(admin.get_token_by_id(one["token_id"]), one)
        self.assertEqual(admin.get_tokens_by_serial(one["type"], one["serial"]), [one])
        self.assertLessEqual({"token_id", "type", "serial", "totp_step", "users", "admins"}, set(one))

    def test_the_authentication_log(self):
        admin, now = self.admin(), int(time.time() * 1000)
        self.auth().auth("push", username="asmith", device="auto", ipaddr="192.0.2.9")
        window = {"mintime": str(now - 30 * 86_400_000), "maxtime": str(now + 60_000)}
        newest = admin.get_authentication_log(api_version=2, limit="1", **window)["authlogs"][0]
        self.assertEqual((newest["user"]["name"], newest["reason"], newest["access_device"]["ip"]),
                         ("asmith", "bypass_user", "192.0.2.9"))
        seen, cursor = [], None
        while True:
            more = {} if cursor is None else {"next_offset": ",".join(cursor)}
            page = admin.get_authentication_log(api_version=2, limit="100", **window, **more)
            seen += [row["txid"] for row in page["authlogs"]]
            cursor = page["metadata"]["next_offset"]
            if cursor is None:
                break
            self.assertEqual(len(cursor), 2)
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(len(seen), page["metadata"]["total_objects"])
        older = admin.get_authentication_log(mintime=now // 1000 - 30 * 86_400)
        self.assertEqual(len(older), len(seen))
        self.assertEqual((older[-1]["username"], older[-1]["result"], older[-1]["ip"]),
                         ("asmith", "SUCCESS", "192.0.2.9"))
        self.assertEqual(admin.get_authentication_log(mintime=now // 1000 + 60), [])
        jdoe = self.user("jdoe")["user_id"]
        rows = admin.get_authentication_log(api_version=2, users=jdoe, **window)["authlogs"]
        self.assertEqual({row["user"]["name"] for row in rows}, {"jdoe"})
        self.assertEqual(rows[0]["access_device"]["location"]["country"], "Iceland", "the odd last login")
        self.assertTrue(all(r["access_device"]["location"]["country"] == "United States" for r in rows[1:]))
        self.refused(400, "mintime", admin.get_authentication_log, api_version=2, mintime="5", maxtime="4")
        control("POST", "/options", {"log_delay_ms": 120_000})
        late = admin.get_authentication_log(api_version=2, limit="1", **window)["authlogs"][0]
        self.assertNotEqual(late["txid"], newest["txid"], "the last two minutes are withheld")

    def test_changes_are_logged(self):
        admin, now = self.admin(), int(time.time() * 1000)
        admin.add_user("logged")
        log = admin.get_administrator_log(mintime=now // 1000)
        self.assertEqual((log[-1]["action"], log[-1]["object"], log[-1]["username"]),
                         ("user_create", "logged", "Admin API"))
        activity = admin.get_activity_logs(mintime=now - 1000, maxtime=now + 60_000)
        self.assertEqual(activity["items"][0]["target"]["name"], "logged")
        self.assertEqual(activity["metadata"]["total_objects"], {"relation": "eq", "value": 1})

    def test_the_account_at_large(self):
        admin = self.admin()
        summary, parent = admin.get_info_summary(), control("GET", "/accounts")["parent"]
        self.assertEqual((summary["user_count"], summary["user_pending_deletion_count"]), (247, 3))
        self.assertEqual((summary["telephony_credits_remaining"], summary["edition"], 247 + 3),
                         (parent["credits"], parent["edition"], parent["users"]))
        self.assertEqual(admin.get_settings()["pending_deletion_days"], 7)
        admins = admin.get_admins()
        self.assertEqual(list(admin.get_admins_iterator()), admins)
        self.assertEqual(sum(a["role"] == "Owner" for a in admins), 2)
        integrations = admin.get_integrations()
        self.assertEqual(list(admin.get_integrations_generator()), integrations)
        self.assertEqual([i["integration_key"] for i in integrations],
                         [application["ikey"] for application in control("GET", "/applications")])
        self.assertFalse([i for i in integrations if "secret_key" in i or "skey" in i])
        old = self.admin(sig_version=2)
        self.assertEqual(self.refused(401, "Invalid signature", old.get_integrations)["code"], 40103)
        self.assertEqual(old.get_admins(), admins)

    def test_policies(self):
        admin = self.admin()
        def held():
            return {policy["policy_name"]: policy for policy in control("GET", "/policies")["policies"]}
        browsers = {"browsers": {"blocked_browsers_list": ["ie"]}}
        made = admin.create_policy_v2({"policy_name": "No old browsers", "sections": browsers})
        self.assertEqual(held()["No old browsers"], made)
        self.assertEqual((made["sections"], made["is_global_policy"]), (browsers, False))
        self.assertEqual(self.refused(400, "Duplicate", admin.create_policy_v2, {"policy_name": "No old browsers"})
                         ["code"], 40003)
        first, second = admin.copy_policy_v2(made["policy_key"], ["First", "Second"])["policies"]
        self.assertEqual([held()[name]["sections"] for name in ("First", "Second")], [browsers] * 2)
        more = admin.update_policy_v2(first["policy_key"], {"sections": {"rdp": {"x": 1}}, "policy_name": "One"})
        self.assertEqual((held()["One"], set(more["sections"])), (more, {"browsers", "rdp"}))
        admin.update_policies_v2("", ["browsers"], [first["policy_key"], second["policy_key"]])
        self.assertEqual([set(held()[name]["sections"]) for name in ("No old browsers", "One", "Second")],
                         [{"browsers"}, {"rdp"}, set()])
        self.assertEqual(admin.get_policy_v2("global"), held()["Global Policy"])
        self.assertEqual(admin.get_policies_v2(), list(held().values()))
        self.assertEqual(admin.get_policies_v2(limit=2, offset=1), list(held().values())[1:3])
        self.assertEqual(list(admin.get_policies_v2_iterator()), list(held().values()))
        admin.delete_policy_v2(second["policy_key"])
        self.assertNotIn("Second", held())
        self.refused(404, "Resource not found", admin.get_policy_v2, second["policy_key"])
        self.refused(400, "policy_key", admin.delete_policy_v2, "global")
        self.refused(403, "Access forbidden", self.admin(index=1).delete_policy_v2, made["policy_key"])
        self.assertEqual(set(held()), {"Global Policy", "No old browsers", "One"})

    def test_administrators(self):
        admin = self.admin()
        def held():
            return {one["email"]: one for one in control("GET", "/administrators")["administrators"]}
        made = admin.add_admin("Ann Ode", "ann@example.com", "+12025550101", "ignored", role="Help Desk")
        self.assertEqual(held()["ann@example.com"], made)
        self.assertEqual((made["role"], made["status"]), ("Help Desk", "Pending Activation"))
        self.assertEqual(admin.add_admin("Bo", "bo@example.com", "", "ignored")["role"], "Owner", "unless told")
        self.refused(400, "Duplicate", admin.add_admin, "Ann", "ann@example.com", "", "ignored")
        admin.update_admin(made["admin_id"], name="Ann Over", status="Disabled", password_change_required="true")
        changed = held()["ann@example.com"]
        self.assertEqual((changed["name"], changed["status"], changed["password_change_required"], changed["role"]),
                         ("Ann Over", "Disabled", True, "Help Desk"))
        self.refused(400, "role", admin.update_admin, made["admin_id"], role="Emperor")
        self.refused(404, "Resource not found", admin.update_admin, "DEX", name="Nobody")
        self.assertEqual(held()["ann@example.com"], changed)

    def test_new_applications(self):
        admin = self.admin()
        made = admin.create_integration("Door", "websdk", greeting="Hello", notes="n")
        self.assertRegex(made["secret_key"], r"^[A-Za-z0-9]{40}$")
        held, = control("GET", "/integrations")["integrations"]
        self.assertEqual(held, {name: value for name, value in made.items() if name != "secret_key"})
        self.assertEqual((held["name"], held["type"], held["greeting"]), ("Door", "websdk", "Hello"))
        self.assertEqual(admin.get_integrations()[-1], held, "without its secret")
        self.refused(403, "Access forbidden", self.admin(index=1).create_integration, "Other", "websdk")
        self.refused(400, "type", admin.create_integration, "Other", "")
        self.assertEqual(control("GET", "/integrations")["integrations"], [held])

    def test_a_key_that_may_only_read(self):
        reader = self.admin(index=1)
        self.assertTrue(reader.get_users(limit=1))
        for call in (reader.get_settings, reader.get_admins, reader.get_info_summary):
            self.assertEqual(self.refused(403, "Access forbidden", call)["code"], 40301)
        self.refused(403, "Access forbidden", reader.add_user, "nope")
        self.assertIsNone(self.user("nope"))

    def test_unknown_paths_and_verbs(self):
        admin = self.admin()
        answer = self.refused(404, "Resource not found", admin.json_api_call, "GET", "/admin/v9/users", {})
        self.assertEqual(answer["code"], 40401)
        answer = self.refused(405, "Method not allowed", admin.json_api_call, "DELETE", "/admin/v1/users", {})
        self.assertEqual(answer["code"], 40501)


class OverHttps(AdminCalls, Https, Case):
    pass


class OverHttp(AdminCalls, Http, Case):
    pass
