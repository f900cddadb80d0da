"""The client's calls on users and on what hangs on them."""

import json
import time

from bench import Case, Http, Https, control

FIELDS = {
    "user_id", "username", "alias1", "alias2", "alias3", "alias4", "aliases", "realname", "firstname", "lastname",
    "email", "status", "notes", "created", "last_login", "last_directory_sync", "directory_key", "external_id",
    "is_enrolled", "lockout_reason", "enable_auto_prompt", "groups", "phones", "tokens", "u2ftokens",
    "webauthncredentials", "desktop_authenticators", "custom_attributes",
}


class UserCalls:
    def test_lists(self):
        admin = self.admin()
        everybody = list(admin.get_users_iterator())
        self.assertEqual(len(everybody), 250)
        self.assertEqual(len({u["user_id"] for u in everybody}), 250)
        self.assertTrue(all(set(u) == FIELDS for u in everybody))
        for one in everybody[::25]:
            held = self.user(one["user_id"])
            self.assertEqual(one, {field: held[field] for field in FIELDS})
        statuses = {u["status"] for u in everybody}
        self.assertEqual(statuses, {"active", "bypass", "disabled", "locked out", "pending deletion"})
        self.assertEqual(sum(u["status"] == "pending deletion" for u in everybody), 3)
        self.assertTrue(any(u["directory_key"] for u in everybody) and any(not u["is_enrolled"] for u in everybody))
        self.assertEqual(admin.get_users(limit=10, offset=5), everybody[5:15])
        self.assertEqual(len(admin.get_users(limit=1000)), 250, "too high a limit is lowered, not refused")
        self.refused(400, "limit", admin.get_users, limit=-1)

    def test_pages_say_where_they_are(self):
        admin = self.admin()
        def metadata(**params):
            response, data = admin.api_call("GET", "/admin/v1/users", params)
            self.assertEqual(response.getheader("Content-Type"), "application/json")
            return json.loads(data)["metadata"]
        self.assertEqual(metadata(), {"total_objects": 250, "next_offset": 100})
        self.assertEqual(metadata(limit="100", offset="100"),
                         {"total_objects": 250, "next_offset": 200, "prev_offset": 0})
        self.assertEqual(metadata(limit="100", offset="200"), {"total_objects": 250, "prev_offset": 100})
        control("POST", "/load", {"users": 400})
        self.assertEqual(metadata(limit="1000"), {"total_objects": 650, "next_offset": 300})

    def test_finding_somebody(self):
        admin = self.admin()
        jdoe = admin.get_users_by_name("JDoe")[0]
        self.assertEqual(admin.get_user_by_id(jdoe["user_id"]), jdoe)
        self.assertEqual(admin.get_user_by_email("jdoe@example.com"), [jdoe])
        self.assertEqual(admin.get_users_by_name("Narroway@Example.com")[0]["username"], "narroway")
        self.assertEqual(admin.get_users_by_name("nobody.at.all"), [])
        pair = list(admin.get_users_by_names(["jdoe", "mrossi", "nobody.at.all"]))
        self.assertEqual([u["username"] for u in pair], ["jdoe", "mrossi"])
        self.assertEqual(list(admin.get_users_by_ids([u["user_id"] for u in pair])), pair)
        self.assertEqual(self.refused(404, "Resource not found", admin.get_user_by_id, "DU0")["code"], 40401)

    def test_a_life(self):
        admin = self.admin()
        made = admin.add_user("zed", realname="Zed A", status="bypass", notes="n", email="zed@example.com",
                              firstname="Zed", lastname="A", alias1="zed.a", alias2="za")
        self.assertEqual((made["username"], made["alias1"], made["aliases"], made["status"], made["is_enrolled"]),
                         ("zed", "zed.a", {"alias1": "zed.a", "alias2": "za"}, "bypass", False))
        for taken in ("ZED", "Zed.A"):
            self.assertEqual(self.refused(400, "Duplicate resource", admin.add_user, taken)["code"], 40003)
        for taken in ("jdoe", "ZA", "Narroway@Example.com"):
            self.refused(400, "Duplicate resource", admin.add_user, "other", alias1=taken)
        self.assertIsNone(self.user("other"))
        self.refused(400, "status", admin.add_user, "other", status="locked out")
        self.refused(400, "username", admin.add_user, "")
        changed = admin.update_user(made["user_id"], username="zed2", notes="", alias1="", status="active")
        self.assertEqual((changed["username"], changed["notes"], changed["alias1"], changed["status"]),
                         ("zed2", "", None, "active"))
        self.assertIsNone(self.user("zed"))
        self.refused(400, "Duplicate resource", admin.update_user, made["user_id"], username="jdoe")
        self.assertEqual(self.user("zed2")["user_id"], made["user_id"], "a refusal changes nothing")
        more = admin.update_user(made["user_id"], aliases="alias5=five&alias8=eight%20x")
        self.assertEqual(more["aliases"], {"alias2": "za", "alias5": "five", "alias8": "eight x"})
        self.assertEqual(admin.delete_user(made["user_id"]), "")
        self.assertIsNone(self.user("zed2"))
        self.assertEqual(admin.delete_user(made["user_id"]), "")

    def test_a_user_of_a_directory_cannot_be_disabled(self):
        admin, synced = self.admin(), self.user("dsync")
        self.refused(400, "status", admin.update_user, synced["user_id"], status="disabled")
        self.assertEqual(self.user("dsync")["status"], synced["status"])
        self.assertEqual(admin.update_user(synced["user_id"], status="bypass")["status"], "bypass")
        self.assertEqual(self.user("dsync")["status"], "bypass")

    def test_many_at_once(self):
        admin = self.admin()
        call = lambda users: admin.json_api_call("POST", "/admin/v1/users/bulk_create", {"users": json.dumps(users)})
        made = call([{"username": "b1", "realname": "B One"}, {"username": "b2", "email": "b2@example.com"}])
        self.assertEqual([u["user_id"] for u in made], [self.user(name)["user_id"] for name in ("b1", "b2")])
        for bad in ([{"username": "b3"}, {"username": "JDOE"}], [{"username": "b3"}, {"username": "B3"}]):
            self.assertEqual(self.refused(400, "Duplicate resource", call, bad)["code"], 40003)
        self.assertIsNone(self.user("b3"), "all or nothing")
        self.refused(400, "users", call, [{"username": f"x{n}"} for n in range(101)])
        self.refused(400, "users", admin.json_api_call, "POST", "/admin/v1/users/bulk_create",
                     {"users": [{"username": "b4"}]})

    def test_the_trash(self):
        admin = self.admin()
        def bulk(verb, *names):
            ids = [self.user(name)["user_id"] for name in names] + ["DUXXXXXXXXXXXXXXXXXX"]
            return admin.json_api_call("POST", f"/admin/v1/users/bulk_{verb}", {"user_id_list": json.dumps(ids)})
        self.assertIsInstance(bulk("send_to_trash", "jsmith", "dsync"), dict)
        self.assertEqual((self.user("jsmith")["status"], self.user("dsync")["status"]), ("pending deletion", "active"))
        same = admin.update_user(self.user("jsmith")["user_id"], status="active")
        self.assertEqual(same["status"], "pending deletion", "OK, and nothing changes")
        self.assertEqual(self.auth().preauth(username="jsmith")["result"], "deny")
        bulk("restore", "jsmith")
        self.assertEqual(self.user("jsmith")["status"], "disabled")
        bulk("send_to_trash", "jsmith")
        control("POST", "/clock", {"advance_ms": 6 * 86_400_000})
        self.assertIsNotNone(self.user("jsmith"))
        control("POST", "/clock", {"advance_ms": 86_400_001})
        self.assertIsNone(self.user("jsmith"), "seven days")

    def test_deletion_leaves_the_phone(self):
        admin, mrossi = self.admin(), self.user("mrossi")
        phone = mrossi["phones"][0]["phone_id"]
        admin.delete_user(mrossi["user_id"])
        self.assertIsNone(self.user("mrossi"))
        self.assertEqual(admin.get_phone_by_id(phone)["users"], [])
        self.assertEqual(self.phone(phone)["users"], [])

    def test_enrolment_by_mail(self):
        code = self.admin().enroll_user("mailed", "mailed@example.com", valid_secs=3600)
        self.assertIsInstance(code, str)
        self.assertEqual(self.user("mailed")["email"], "mailed@example.com")
        self.assertEqual(control("GET", "/sent")["sent"][-1]["kind"], "enrollment_email")

    def test_bypass_codes(self):
        admin, jdoe = self.admin(), self.user("jdoe")["user_id"]
        first = admin.add_user_bypass_codes(jdoe, count=3, valid_secs=3600)
        self.assertEqual(len(first), 3)
        kept = list(admin.get_user_bypass_codes_iterator(jdoe))
        self.assertEqual({len(kept), len(admin.get_user_bypass_codes(jdoe, limit=10))}, {3})
        self.assertTrue(all(not set(c.values()) & set(first) for c in kept), "never shown again")
        self.assertEqual(kept[0]["reuse_count"], 1)
        self.assertAlmostEqual(kept[0]["expiration"], time.time() + 3600, delta=10)
        admin.add_user_bypass_codes(jdoe, codes=["12345678"], preserve_existing=True, remaining_uses=0)
        self.assertEqual(self.user("jdoe")["bypass_codes"], 4)
        admin.add_user_bypass_codes(jdoe)
        self.assertEqual(self.user("jdoe")["bypass_codes"], 10, "the default takes all others away")
        everyone = list(admin.get_bypass_codes_generator())
        self.assertEqual(len(admin.get_bypass_codes(limit=4)), 4)
        self.assertEqual(everyone[0]["user"]["username"], "jdoe")
        one = everyone[0]["bypass_code_id"]
        self.assertEqual(admin.json_api_call("GET", "/admin/v1/bypass_codes/" + one, {})["bypass_code_id"], one)
        self.assertEqual(admin.delete_bypass_code_by_id(one), "")
        self.assertEqual(self.user("jdoe")["bypass_codes"], 9)
        self.assertEqual(self.refused(500, "Unknown internal server error", admin.add_user_bypass_codes, jdoe,
                                      count=100, preserve_existing=True)["code"], 50001)

    def test_devices_and_groups_of_a_user(self):
        admin, jdoe = self.admin(), self.user("jdoe")["user_id"]
        spare = admin.add_phone(number="+12025550177", type="mobile", platform="apple ios")["phone_id"]
        self.assertEqual(admin.add_user_phone(jdoe, spare), "")
        self.assertEqual([u["user_id"] for u in self.phone(spare)["users"]], [jdoe])
        self.assertEqual({p["phone_id"] for p in admin.get_user_phones(jdoe)},
                         {p["phone_id"] for p in admin.get_user_phones_iterator(jdoe)})
        self.assertIn(spare, [p["phone_id"] for p in admin.get_user_phones(jdoe, limit=5)])
        admin.delete_user_phone(jdoe, spare)
        self.assertNotIn(spare, [p["phone_id"] for p in self.user("jdoe")["phones"]])
        token = admin.get_tokens(limit=1)[0]["token_id"]
        admin.add_user_token(jdoe, token)
        self.assertEqual([t["token_id"] for t in admin.get_user_tokens(jdoe)], [token])
        self.assertEqual(len(list(admin.get_user_tokens_iterator(jdoe))), 1)
        admin.delete_user_token(jdoe, token)
        self.assertEqual(self.user("jdoe")["tokens"], [])
        group = next(g for g in admin.get_groups() if g["name"] == "Break glass")["group_id"]
        admin.add_user_group(jdoe, group)
        self.assertIn(group, [g["group_id"] for g in admin.get_user_groups(jdoe, limit=9)])
        self.assertEqual(self.user("jdoe")["effective_status"], "bypass")
        admin.delete_user_group(jdoe, group)
        self.assertNotIn(group, [g["group_id"] for g in admin.get_user_groups_iterator(jdoe)])
        self.refused(400, "group_id", admin.add_user_group, jdoe, "DGX")
        keyed = next(u for u in admin.get_users_iterator() if u["webauthncredentials"])
        self.assertEqual(admin.get_user_webauthncredentials(keyed["user_id"], limit=5), keyed["webauthncredentials"])
        self.assertEqual(list(admin.get_user_webauthncredentials_iterator(keyed["user_id"])),
                         keyed["webauthncredentials"])
        self.assertEqual(admin.get_user_u2ftokens(jdoe) + list(admin.get_user_u2ftokens_iterator(jdoe)), [])
        desk = next(u for u in admin.get_users_iterator() if u["desktop_authenticators"])
        path = f"/admin/v1/users/{desk['user_id']}/desktopauthenticators"
        self.assertEqual(admin.json_api_call("GET", path, {}), desk["desktop_authenticators"])

    def test_no_more_than_a_hundred_of_a_kind(self):
        admin, jdoe = self.admin(), self.user("jdoe")["user_id"]
        for number in range(99):
            phone = admin.add_phone(number=f"+120255501{number:02}", extension="7")["phone_id"]
            admin.add_user_phone(jdoe, phone)
        phone = admin.add_phone(number="+12025550199", extension="8")["phone_id"]
        self.assertEqual(self.refused(500, "Unknown internal", admin.add_user_phone, jdoe, phone)["code"], 50001)
        self.assertEqual(len(self.user("jdoe")["phones"]), 100)


class OverHttps(UserCalls, Https, Case):
    pass


class OverHttp(UserCalls, Http, Case):
    pass
