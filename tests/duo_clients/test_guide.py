"""A client written after a published guide: version 2, SHA-1, paging by offset and limit, counting."""

import http.client
import ssl

import duo_client

from bench import Case, Https, control, facts, port
from guide import Reader, Refused, with_a_factor


class Counting(Https, Case):
    def reader(self, index=0, **more):
        keys = self.application("admin", index)
        trusted = ssl.create_default_context(cafile=facts()["ca_file"])
        return Reader(keys, keys["host"], **more, connect=lambda: http.client.HTTPSConnection(
            "localhost", port(facts()["https_url"]), context=trusted, timeout=20))

    def in_the_world(self):
        return control("GET", "/counts")["users"]

    def test_as_many_users_as_the_world_has(self):
        reader = self.reader()
        users = reader.users()
        self.assertEqual((len(users), reader.calls), (self.in_the_world(), 3))
        self.assertEqual(len({user["user_id"] for user in users}), len(users), "nobody twice")
        call = self.last("GET", "/admin/v2/users")
        self.assertEqual((call["signature"], call["host"], call["listener"], call["params"]),
                         ("v2/sha1", reader.host, "https", {"limit": "100", "offset": "200"}))

    def test_every_size_of_page_finds_the_same_people(self):
        everybody = {user["user_id"] for user in self.reader().users(limit=500)}
        self.assertEqual(len(everybody), self.in_the_world())
        for limit, calls in ((249, 2), (250, 1), (251, 1), (125, 2), (50, 5), (17, 15)):
            reader = self.reader()
            self.assertEqual({user["user_id"] for user in reader.users(limit=limit)}, everybody, limit)
            self.assertEqual(reader.calls, calls, limit)

    def test_each_page_says_how_many_there_are(self):
        control("POST", "/load", {"users": 350})
        totals = [(len(page["response"]), page["metadata"]["total_objects"]) for page in self.reader().pages(limit=500)]
        self.assertEqual(totals, [(500, 600), (100, 600)])
        self.assertEqual(self.in_the_world(), 600)

    def test_the_count_follows_the_world(self):
        before, admin = self.in_the_world(), self.admin()
        made = [admin.add_user(f"counted.{n}")["user_id"] for n in range(3)]
        self.assertEqual(len(self.reader().users()), before + 3)
        admin.delete_user(made[0])
        self.assertEqual(len(self.reader().users()), before + 2)
        self.assertEqual(self.in_the_world(), before + 2)

    def test_who_has_a_second_factor(self):
        admin = self.admin()
        officially = [user["user_id"] for user in with_a_factor(admin.get_users_iterator())]
        found = with_a_factor(self.reader().users())
        self.assertEqual(sorted(user["user_id"] for user in found), sorted(officially))
        self.assertTrue(0 < len(found) < self.in_the_world())
        someone = admin.add_user("gets.a.phone")["user_id"]
        self.assertEqual(len(with_a_factor(self.reader().users())), len(found))
        admin.add_user_phone(someone, admin.add_phone(number="+12025550188")["phone_id"])
        self.assertEqual(len(with_a_factor(self.reader().users())), len(found) + 1)

    def test_sorting_and_names(self):
        names = [user["username"] for user in self.reader().users(sort="username:asc")]
        self.assertEqual(names, sorted(names))
        downwards = [user["username"] for user in self.reader().users(sort="username:desc")]
        self.assertEqual(downwards, names[::-1])
        one, = self.reader().users(username="narroway@example.com")
        self.assertEqual(one["user_id"], self.user("narroway")["user_id"])

    def test_lists_that_duo_documents_take_sha1_too(self):
        reader = self.reader()
        self.assertEqual(len(reader.users(path="/admin/v1/users", limit=100)), self.in_the_world())
        self.assertEqual(self.last("GET", "/admin/v1/users")["signature"], "v2/sha1")

    def test_what_is_refused(self):
        with self.assertRaises(Refused) as refused:
            self.reader().users(sort="shoe_size")
        self.assertEqual((refused.exception.status, refused.exception.code), (400, 40002))
        stranger = self.reader()
        stranger.keys = {**stranger.keys, "skey": "x" * 40}
        with self.assertRaises(Refused) as refused:
            stranger.users()
        self.assertEqual((refused.exception.status, refused.exception.code), (401, 40103))

    def test_too_soon_is_tried_again_later(self):
        control("POST", "/faults", {"kind": "rate_limit", "times": 2, "path": "/admin/v2/users"})
        pauses = []
        reader = self.reader(sleep=pauses.append)
        self.assertEqual(len(reader.users(limit=500)), self.in_the_world())
        self.assertEqual((pauses, reader.calls), ([1, 2], 3))

    def test_the_answer_names_the_route_as_one_of_third_parties(self):
        guided = self.client(duo_client.Admin, "admin", sig_version=2)
        response, _ = guided.api_call("GET", "/admin/v2/users", {"limit": "1"})
        self.assertIn("compatibility route", response.getheader("X-Duo-Simulator"))
        response, _ = guided.api_call("GET", "/admin/v1/users", {"limit": "1"})
        self.assertNotIn("compatibility route", response.getheader("X-Duo-Simulator", ""))
