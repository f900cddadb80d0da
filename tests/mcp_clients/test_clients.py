"""Every official client in every era it speaks, against the demo: docs/clients-tested.md shows what came of it."""

import unittest

from bench import Bench, until
from columns import COLUMNS, LEGACY
from table import Table

# How long Duo takes while a client goes away; nothing waits for it to pass.
SLOW_MS = 12_000


class Actions(unittest.TestCase):
    """What each client does, in this order; the first line of a docstring is the row, what it returns is the cell."""

    bench = column = number = None

    def __init__(self, action):
        super().__init__("run_action")
        self.action = action

    @classmethod
    def setUpClass(cls):
        cls.users = cls.bench.people(cls.number)
        cls.client = cls.column.open_client(cls.bench.demo.facts)

    @classmethod
    def tearDownClass(cls):
        cls.client.end()

    def __str__(self):
        return f"{self.column.name.replace('<br>', ', ')}: {row_of(self.action)}"

    def run_action(self):
        self.demo = self.bench.demo
        if self.column.is_inspector and self.action in ASKED:
            TABLE.fill(self.column.name, row_of(self.action), "it has no way to show a form")
            return
        TABLE.fill(self.column.name, row_of(self.action), getattr(self, self.action)())

    # The answers of calls.

    def done(self, answer):
        self.assertIsNotNone(answer.structured, answer)
        return answer.structured

    def refused(self, answer, code):
        self.assertEqual(answer.advice.get("code"), code, answer)
        return answer.advice

    def ask(self, person):
        """A change of two users with this person before the client: its answer, and the users."""
        users = self.two()
        return self.client.call("trash_users", {"users": users}, person=person), users

    def two(self):
        return [next(self.users), next(self.users)]

    def not_asked(self, answer, users):
        """A client that cannot be asked gets an operation that waits, whoever sits before it."""
        self.refused(answer, "approval_pending")
        self.assertEqual(answer.forms, [])
        self.assertEqual(self.bench.statuses(users), {"active"})
        return "cannot be asked without a session: waits for an approval"

    # The rows.

    def negotiates(self):
        """Protocol version it comes to"""
        self.assertEqual(self.client.list()["version"], self.column.version)
        return self.column.version

    def lists(self):
        """Lists the tools"""
        tools = {tool["name"]: tool["read_only"] for tool in self.client.list()["tools"]}
        expected = {"list_users": True, "get_operation": True, "modify_user": False, "trash_users": False}
        self.assertEqual({name: tools.get(name) for name in expected}, expected)
        return "listed"

    def reads(self):
        """L0: reads a user"""
        name = next(self.users)
        self.assertEqual(self.done(self.client.call("get_user", {"user": name}))["user"]["username"], name)
        return "answered"

    def changes(self):
        """L1: changes a user"""
        name = next(self.users)
        made = self.done(self.client.call("modify_user", {"user": name, "notes": "by a client"}))
        self.assertEqual(made["state"], "done")
        self.assertEqual(self.bench.user(name)["notes"], "by a client")
        return "done, seen in Duo"

    def accepts(self):
        """L2: asked, and accepted by a person or by an auto-accepting client"""
        answer, users = self.ask("types")
        if not self.column.is_asked:
            return self.not_asked(answer, users)
        self.assertEqual(self.done(answer)["state"], "done")
        self.assertEqual(len(answer.forms), 1)
        self.assertEqual(self.bench.statuses(users), {"pending deletion"})
        return "done, seen in Duo"

    def clicks(self):
        """L2: asked, and accepted without reading what to type"""
        answer, users = self.ask("clicks")
        if not self.column.is_asked:
            return self.not_asked(answer, users)
        self.assertIsNotNone(answer.failed, answer)
        self.assertGreater(len(answer.forms), 1)
        self.assertEqual(self.bench.statuses(users), {"active"})
        return "asked again until the client gives up, nothing done"

    def declines(self):
        """L2: asked, and declined"""
        return self.says_no("decline")

    def dismisses(self):
        """L2: asked, and the form is closed"""
        return self.says_no("cancel")

    def says_no(self, person):
        answer, users = self.ask(person)
        if not self.column.is_asked:
            return self.not_asked(answer, users)
        self.refused(answer, "declined")
        self.assertEqual(len(answer.forms), 1)
        self.assertEqual(self.bench.statuses(users), {"active"})
        return "declined, nothing done"

    def is_silent(self):
        """L2: asked, and nobody answers until the client gives up"""
        answer, users = self.ask("says nothing")
        if not self.column.is_asked:
            return self.not_asked(answer, users)
        self.assertTrue(answer.gave_up, answer)
        self.assertEqual(len(answer.forms), 1)
        operation = self.bench.operation_on(users[0])
        self.assertEqual(operation["state"], "asking")
        self.bench.unanswered[self.column.name] = operation["id"], users
        return "nothing done"

    def waits(self):
        """L2: by a client that does not say that it can be asked"""
        users = self.two()
        advice = self.refused(self.client.call("trash_users", {"users": users}), "approval_pending")
        self.assertEqual(advice["next_tool"], "get_operation")
        self.assertEqual(self.bench.statuses(users), {"active"})
        self.column.held = advice["operation_id"], users
        return "waits for an approval"

    def follows(self):
        """Gets that operation before and after its approval"""
        operation_id, users = self.column.held
        get = lambda: self.done(self.client.call("get_operation", {"operation_id": operation_id}))
        self.assertEqual(get()["state"], "waiting")
        self.demo.operator("POST", f"/operations/{operation_id}/approve")
        # The operator sees when it is over: a client connects anew for each look, which is soon too often for the gateway.
        until(lambda: self.bench.operation(operation_id).get("finished_at"))
        self.assertEqual(get()["state"], "done")
        self.assertEqual(self.bench.statuses(users), {"pending deletion"})
        return "waiting, then done; seen in Duo"

    def is_denied(self):
        """Gets an operation that was denied"""
        users = self.two()
        advice = self.refused(self.client.call("trash_users", {"users": users}), "approval_pending")
        self.demo.operator("POST", f"/operations/{advice['operation_id']}/deny")
        answer = self.done(self.client.call("get_operation", {"operation_id": advice["operation_id"]}))
        self.assertEqual(answer["state"], "denied")
        self.assertEqual(self.bench.statuses(users), {"active"})
        return "denied, nothing done"

    def weakens(self):
        """L3: by an auto-accepting client"""
        name = next(self.users)
        answer = self.client.call("modify_user", {"user": name, "status": "bypass"}, person="types")
        operation_id = self.refused(answer, "approval_pending")["operation_id"]
        self.assertEqual(answer.forms, [])
        self.assertEqual(self.bench.operation(operation_id)["state"], "waiting")
        self.assertEqual(self.bench.user(name)["status"], "active")
        return "no form: waits for an approval"

    def leaves_a_read(self):
        """Gives up a read while Duo is slow, in its own way"""
        self.begin_slow_read()
        self.assertTrue(self.client.leave())
        if self.column.version == LEGACY and not self.column.is_inspector:
            # It says `notifications/cancelled`, which finds no session, and keeps the connection: Duo's call is still
            # under way when the gateway has answered another one.
            self.done(self.client.call("get_context", {}))
            self.assertIsNone(self.bench.last("GET", "/admin/v1/users")["left_ms"])
            self.client.close()
            self.assert_read_stopped()
            return "Duo's call goes on until the client closes the connection"
        self.assert_read_stopped()
        self.client.close()
        return "Duo's call stops"

    def dies_at_a_read(self):
        """Is killed during a read while Duo is slow"""
        self.begin_slow_read()
        self.client.kill()
        self.assert_read_stopped()
        return "Duo's call stops"

    def begin_slow_read(self):
        before = self.bench.last("GET", "/admin/v1/users")["seq"]
        self.bench.slow("GET", "/admin/v1/users", SLOW_MS)
        self.client.begin("list_users", {"limit": 3})
        until(lambda: self.bench.last("GET", "/admin/v1/users")["seq"] > before)

    def assert_read_stopped(self):
        asked = until(lambda: self.left())
        self.assertIsNone(asked["outcome"], asked)
        self.assertLess(asked["left_ms"], SLOW_MS, asked)

    def left(self):
        asked = self.bench.last("GET", "/admin/v1/users")
        return asked if asked["left_ms"] is not None else None

    def dies_at_a_change(self):
        """Is killed while Duo works on its change"""
        name = next(self.users)
        path = "/admin/v1/users/" + self.bench.user(name)["user_id"]
        self.bench.slow("POST", path, 1_500)
        self.client.begin("modify_user", {"user": name, "notes": "by a client that is gone"})
        until(lambda: self.bench.last("POST", path))
        self.client.kill()
        self.assertIsNone(self.bench.last("POST", path)["outcome"], "it died too late to show anything")
        operation = until(lambda: self.ended(name))
        self.assertEqual(operation["state"], "done", operation)
        sent = self.demo.record("POST", path)
        self.assertEqual([(one["outcome"], one["left_ms"]) for one in sent], [(200, None)], sent)
        self.assertEqual(self.bench.user(name)["notes"], "by a client that is gone")
        return "carried to its end: done once, recorded"

    def ended(self, name):
        operation = self.bench.operation_on(name)
        return operation if operation.get("finished_at") else None

    def is_strict(self):
        """Finds the schemas portable"""
        if not self.column.is_inspector:
            return "an option of the inspector's"
        code, result, told = self.client.run("--method", "tools/list", "--strict")
        self.assertEqual((code, told.strip()), (0, ""))
        return "no finding"

    def loads(self):
        """Twenty calls at a time"""
        if not self.column.is_inspector:
            return "an option of the inspector's"
        load = ["--load", "--load-concurrency", "20", "--load-requests", "60"]
        code, result, told = self.client.run(*self.client._call("list_users", {"limit": 3}), *load)
        self.assertEqual((code, result["ok"], result["errors"], result["toolErrors"]), (0, 60, 0, 0), told)
        return "60 answers, no error"


ACTIONS = """negotiates lists is_strict reads changes accepts clicks declines dismisses is_silent waits follows is_denied
    weakens loads leaves_a_read dies_at_a_read dies_at_a_change""".split()
# Rows of the person before the client; the inspector's command line has none, and its changes wait as another row shows.
ASKED = "accepts clicks declines dismisses is_silent".split()
EXPIRES = "That form, when its minute is over"


def row_of(action):
    return getattr(Actions, action).__doc__.splitlines()[0]


TABLE = Table([column.name for column in COLUMNS], [*map(row_of, ACTIONS), EXPIRES])


class Afterwards(unittest.TestCase):
    """What is left to see when every client had its turn."""

    def test_unanswered_forms_expire(self):
        bench = Actions.bench
        for column in COLUMNS:
            if not column.is_asked:
                TABLE.fill(column.name, EXPIRES, "no form to expire")
                continue
            operation_id, users = bench.unanswered[column.name]
            until(lambda: bench.operation(operation_id)["state"] == "expired", seconds=90)
            self.assertEqual(bench.statuses(users), {"active"})
            TABLE.fill(column.name, EXPIRES, "expired, nothing done")

    def test_whole_table(self):
        print(TABLE.by_client())
        self.assertEqual(TABLE.missing(), [])
        self.assertEqual(TABLE.committed(), TABLE.markdown(), "docs/clients-tested.md shows another; CLIENTS_TABLE=write writes it")


def setUpModule():
    Actions.bench = Bench()


def tearDownModule():
    Actions.bench.demo.close()


def load_tests(loader, tests, pattern):
    """Column by column; forms expire and the table is looked at when all are through."""
    suite = unittest.TestSuite()
    for number, column in enumerate(COLUMNS):
        seat = type(f"Column{number}", (Actions,), {"column": column, "number": number, "__module__": __name__})
        suite.addTests(map(seat, ACTIONS))
    suite.addTests(map(Afterwards, ["test_unanswered_forms_expire", "test_whole_table"]))
    return suite
