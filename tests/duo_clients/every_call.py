"""Whether the tests make every call of the client that the simulator can answer, and look at what each call did.

Run by `suite.py` after all other tests: it reads what they noted.
"""

import collections
import inspect
import unittest
from unittest import mock

from duo_client import client

import bench
import test_examples

# Routes under which the simulator keeps what calls change, told by no call of Duo's.
STATE = ("/users/", "/phones/", "/accounts", "/groups", "/bypass_codes", "/logins", "/sent", "/counts", "/applications",
         "/policies", "/administrators", "/integrations")
# Routes that tell of nothing that is kept; that they were asked is in the record.
STATELESS = {("GET", "/auth/v2/ping"), ("GET", "/auth/v2/check"), ("GET", "/auth/v2/logo")}
LISTS = {"usernames", "user_ids", "group_ids", "codes", "groups", "new_policy_names_list", "edit_list",
         "sections_to_delete"}
# Methods that want at least one of what they leave to choice.
CHOSEN = {"update_settings": {"sms_batch": 1}, "update_integration": {"name": "x"}}
NUMBERS = {"mintime", "maxtime", "limit", "offset", "mintime_ms", "maxtime_ms", "credits"}


class Reached(BaseException):
    """Ends a method at the call that it would have made."""


def argument(name):
    return ["x"] if name in LISTS else 1 if name in NUMBERS else b"x" if name == "logo" else "x"


def calls_of(function, account):
    """The first call that each version of a method makes, as method and path."""
    required = {name: argument(name) for name, parameter in inspect.signature(function).parameters.items()
                if name != "self" and parameter.default is parameter.empty
                and parameter.kind is parameter.POSITIONAL_OR_KEYWORD}
    found = set()

    def reached(_, method, path, *__, **___):
        found.add(f"{method.upper()} {path}")
        raise Reached

    versions = [{"api_version": n} for n in (1, 2)] if "api_version" in inspect.signature(function).parameters else [{}]
    for version in versions:
        with mock.patch.object(client.Client, "api_call", reached):
            try:
                next(iter(function(account, **required, **version, **CHOSEN.get(function.__name__, {}))))
            except Reached:
                pass
    return found


def fits(pattern, path, ids):
    wanted, given = pattern.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        place == segment or (place.startswith("{") and segment and (ids is None or segment in ids))
        for place, segment in zip(wanted, given))


def route_of(call, routes, ids=None):
    """The simulator's route for a call: the first that fits, as the simulator itself takes it.

    Where `ids` are given nothing else is taken for an id, because `summary` in its place is another endpoint.
    """
    method, path = call.split(" ", 1)
    return next(((m, p) for m, p in routes if m == method and fits(p, path, ids)), None)


class EveryCall(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.routes = [tuple(route) for route in bench.facts()["endpoints"]]
        keys = {"ikey": "DI", "skey": "x", "host": "localhost"}
        cls.methods = {}
        for made_from in bench.CLASSES:
            more = {"account_id": "DA", "child_api_host": "localhost"} if made_from.__name__ == "AccountAdmin" else {}
            one = made_from(**keys, **more)
            for name, function in vars(made_from).items():
                # What a class does by itself, or what only resolves a name, is no call of Duo's.
                if name.startswith("_") or not inspect.isfunction(function) or name in ("api_call", "get_child_api_host"):
                    continue
                calls = calls_of(function, one)
                cls.methods[f"{made_from.__name__}.{name}"] = {route_of(c, cls.routes, {"x"}) for c in calls} - {None}
        cls.tests = collections.defaultdict(list)
        known = {what: route_of(what, cls.routes) for _, kind, what in bench.DONE if kind == "call"}
        for test, kind, what in bench.DONE:
            cls.tests[test].append((kind, known[what] if kind == "call" else what))

    def looked(self, events, index, route):
        """Whether the same test also asks the world, or Duo over another route, what is true."""
        later = events[index:] if route[0] != "GET" else events
        places = ("/record",) if route in STATELESS else STATE
        return any((kind == "look" and what.startswith(places))
                   or (kind == "call" and what not in (route, None) and what[0] == "GET") for kind, what in later)

    def test_the_probe_finds_what_everybody_knows(self):
        self.assertEqual(self.methods["Admin.get_users_iterator"], {("GET", "/admin/v1/users")})
        self.assertEqual(self.methods["Admin.delete_user"], {("DELETE", "/admin/v1/users/{user_id}")})
        self.assertEqual(self.methods["Auth.auth_status"], {("GET", "/auth/v2/auth_status")})
        self.assertEqual(self.methods["Admin.start_idv"], set(), "not modelled")
        self.assertGreaterEqual(sum(bool(routes) for routes in self.methods.values()), 90)

    def test_every_method_is_called_and_its_effect_looked_at(self):
        bad = []
        for method, routes in sorted(self.methods.items()):
            if not routes:
                continue
            uses = [(events, index) for events in self.tests.values() for index, event in enumerate(events)
                    if event == ("method", method)]
            if not uses:
                bad.append(f"{method} is called by no test")
            elif not any(self.looked(events, index + 1, route) for events, index in uses for route in routes):
                bad.append(f"{method} is called, and nobody looks at what it did")
        self.assertEqual(bad, [])

    def test_every_route_is_asked_and_its_effect_looked_at(self):
        bad = []
        for route in self.routes:
            uses = [(events, index) for events in self.tests.values() for index, event in enumerate(events)
                    if event == ("call", route)]
            if not uses:
                bad.append(f"{' '.join(route)} is asked by no test")
            elif not any(self.looked(events, index + 1, route) for events, index in uses):
                bad.append(f"{' '.join(route)} is asked, and nobody looks at what it did")
        self.assertEqual(bad, [])

    def test_every_published_example_is_run(self):
        published = {str(path.relative_to(test_examples.PUBLISHED)) for path in test_examples.PUBLISHED.rglob("*.py")}
        self.assertEqual(published, test_examples.TRIED)
