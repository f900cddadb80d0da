"""Starts one simulator for all tests, talks to its control endpoints, and notes which calls the tests make."""

import atexit
import functools
import json
import os
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

import duo_client

_FACTS = None

# What the tests did, in order: (test, "method", class and name), (test, "call", method and path),
# (test, "look", control path). `every_call.py` holds it against what the client and the simulator have.
DONE = []
_test = None


def note(kind, what):
    DONE.append((_test, kind, what))


def noted(function, kind, name):
    """The client's function, noting each time that it is used."""
    @functools.wraps(function)
    def wrapper(self, *args, **kwargs):
        note(kind, name or f"{args[0].upper()} {args[1]}")
        return function(self, *args, **kwargs)
    return wrapper


CLASSES = (duo_client.Auth, duo_client.Accounts, duo_client.Admin, duo_client.admin.AccountAdmin)
for _class in CLASSES:
    for _name, _function in list(vars(_class).items()):
        if callable(_function) and not _name.startswith("_") and _name != "api_call":
            setattr(_class, _name, noted(_function, "method", f"{_class.__name__}.{_name}"))
duo_client.client.Client.api_call = noted(duo_client.client.Client.api_call, "call", None)


def facts():
    """Where the simulator is; it is started by the first who asks."""
    global _FACTS
    if _FACTS is None:
        folder = tempfile.TemporaryDirectory()
        program = os.environ["DUO_SIMULATOR"]
        # A trial of the tests breaks one rule of the simulator, to see that they notice.
        broken = os.environ.get("DUO_SIMULATOR_BREAK")
        command = [program, "--ca-dir", folder.name, *(["--break", broken] if broken else [])]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

        def stop():
            process.terminate()
            process.wait(10)
            process.stdout.close()
            folder.cleanup()

        atexit.register(stop)
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"{' '.join(command)} did not start")
        _FACTS = json.loads(line)
    return _FACTS


def control(method, path, body=None):
    if method == "GET":
        note("look", path)
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(facts()["control_url"] + path, data=data, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def port(url):
    return urllib.parse.urlsplit(url).port


class Https:
    """The client over HTTPS, trusting the simulator's own authority."""

    @staticmethod
    def way():
        return {"host": "localhost", "port": port(facts()["https_url"]), "ca_certs": facts()["ca_file"]}

    listener = "https"


class Http:
    """The client over plain HTTP."""

    @staticmethod
    def way():
        return {"host": "localhost", "port": port(facts()["http_url"]), "ca_certs": "HTTP"}

    listener = "http"


class Case(unittest.TestCase):
    """A test in a world of its own."""

    def setUp(self):
        global _test
        _test = self.id()
        control("POST", "/reset")

    def application(self, kind, index=0):
        return [a for a in facts()["applications"] if a["kind"] == kind][index]

    def client(self, cls, kind, index=0, **more):
        keys = self.application(kind, index)
        return cls(ikey=keys["ikey"], skey=keys["skey"], **{**self.way(), **more})

    def auth(self):
        return self.client(duo_client.Auth, "auth")

    def admin(self, index=0, **more):
        return self.client(duo_client.Admin, "admin", index, **more)

    def accounts(self, index=0):
        return self.client(duo_client.Accounts, "accounts", index)

    def child_account(self, name="Acme"):
        return next(c for c in control("GET", "/accounts")["children"] if c["name"] == name)

    def child(self, name="Acme", index=0):
        way = self.way()
        return self.client(duo_client.admin.AccountAdmin, "accounts", index,
                           account_id=self.child_account(name)["account_id"], child_api_host=way["host"])

    def user(self, name, account=None):
        """The user as the world has them, beyond what Duo shows; nothing if there is none."""
        query = "" if account is None else "?account=" + urllib.parse.quote(account)
        try:
            return control("GET", "/users/" + urllib.parse.quote(name) + query)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def group(self, name):
        """The group as the world has it; nothing if there is none."""
        return next((group for group in control("GET", "/groups")["groups"] if group["name"] == name), None)

    def phone(self, phone_id):
        """The phone as the world has it; nothing if there is none."""
        try:
            return control("GET", "/phones/" + phone_id)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def last(self, method, path):
        """The record's last call of this method and path."""
        query = urllib.parse.urlencode({"method": method, "path": path})
        return control("GET", "/record?" + query)["requests"][-1]

    def refused(self, http_status, text, call, /, *args, **kwargs):
        with self.assertRaises(RuntimeError) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.status, http_status)
        self.assertIn(text, str(caught.exception))
        return caught.exception.data
