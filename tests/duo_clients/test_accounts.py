"""Every call of the client's Accounts and AccountAdmin classes."""

import duo_client

from bench import Case, Http, Https, control


class AccountCalls:
    def test_children_are_listed_made_and_deleted(self):
        accounts = self.accounts()
        self.assertEqual({c["name"] for c in accounts.get_child_accounts()},
                         {"Acme", "Bluebird Dental", "Cedar Logistics"})
        made = accounts.create_account("Delta Farms")
        self.assertEqual(set(made), {"account_id", "name", "api_hostname"})
        self.assertRegex(made["account_id"], r"^DA[0-9A-Z]{18}$")
        self.assertRegex(made["api_hostname"], r"^api-[0-9a-f]{8}\.duosecurity\.com$")
        self.assertIn(made, accounts.get_child_accounts())
        self.assertEqual(accounts.delete_account(made["account_id"]), "")
        self.assertNotIn(made, accounts.get_child_accounts())
        self.assertEqual(accounts.delete_account(made["account_id"]), "", "gone is as good as deleted")
        self.refused(400, "name", accounts.create_account, "")
        self.assertEqual(len(control("GET", "/accounts")["children"]), 3)

    def test_editions(self):
        acme = self.child()
        self.assertEqual(acme.get_edition(), {"edition": "PLATFORM"})
        self.assertEqual(acme.set_edition("BEYOND"), "")
        self.assertEqual(self.child_account()["edition"], "BEYOND")
        self.refused(400, "edition", acme.set_edition, "PERSONAL")
        self.assertEqual(acme.get_edition(), {"edition": "BEYOND"})
        self.assertEqual(self.last("POST", "/admin/v1/billing/edition")["account_id"],
                         self.child_account()["account_id"])

    def test_credits_come_from_the_parent_and_go_back(self):
        acme = self.child()
        self.assertEqual(acme.get_telephony_credits(), {"credits": 340})
        before = control("GET", "/accounts")["parent"]["credits"]
        acme.set_telephony_credits(540)
        self.assertEqual(control("GET", "/accounts")["parent"]["credits"], before - 200)
        acme.set_telephony_credits(40)
        self.assertEqual(control("GET", "/accounts")["parent"]["credits"], before + 300)
        self.assertEqual(self.refused(400, "credits", acme.set_telephony_credits, before + 341)["code"], 40002)
        self.refused(400, "credits", acme.set_telephony_credits, -1)
        self.assertEqual((acme.get_telephony_credits()["credits"], control("GET", "/accounts")["parent"]["credits"]),
                         (40, before + 300), "a refusal moves nothing")

    def test_the_admin_api_of_a_child(self):
        acme = self.child()
        self.assertEqual(len(list(acme.get_users_iterator())), 24)
        user = acme.add_user("only.in.acme")
        self.assertEqual(self.user("only.in.acme", "Acme")["user_id"], user["user_id"])
        self.assertIsNone(self.user("only.in.acme"))
        self.assertEqual(acme.get_info_summary()["user_count"], len(list(acme.get_users_iterator())) -
                         acme.get_info_summary()["user_pending_deletion_count"])

    def test_what_is_forbidden(self):
        without = self.child(index=1)
        self.assertEqual(self.refused(403, "Access forbidden", without.get_edition)["code"], 40301)
        self.assertTrue(without.get_users(limit=1))
        wrong = self.client(duo_client.Accounts, "admin")
        self.refused(403, "Wrong integration type", wrong.get_child_accounts)
        parent = self.client(duo_client.Admin, "accounts")
        self.refused(403, "Wrong integration type", parent.get_users, limit=1)


class OverHttps(AccountCalls, Https, Case):
    pass


class OverHttp(AccountCalls, Http, Case):
    pass
