"""Counts an account's users and those with a second factor, the way a published guide for security teams describes it.

The way: version 2 signatures with SHA-1, GET /admin/v2/users, pages by limit and offset until no next offset is told.
Written anew with nothing but the standard library; `python guide.py HOST IKEY SKEY` asks Duo itself.
"""

import base64
import email.utils
import hashlib
import hmac
import http.client
import json
import sys
import time
import urllib.parse

USERS = "/admin/v2/users"
MOST_TRIES = 4


class Refused(Exception):
    """What Duo said instead of an answer."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body.get('code')}: {body.get('message')}")
        self.status, self.code = status, body.get("code")


def query_of(params):
    """The parameters as they are signed and sent: encoded, then sorted."""
    def encoded(text):
        return urllib.parse.quote(str(text), safe="~")
    return "&".join(sorted(f"{encoded(name)}={encoded(value)}" for name, value in params.items()))


def authorization(keys, date, host, path, query):
    lines = "\n".join((date, "GET", host.lower(), path, query))
    mac = hmac.new(keys["skey"].encode(), lines.encode(), hashlib.sha1).hexdigest()
    return "Basic " + base64.b64encode(f"{keys['ikey']}:{mac}".encode()).decode()


class Reader:
    """Reads lists at one API host; `connect` makes a connection to wherever that host is reached."""

    def __init__(self, keys, host, connect=None, sleep=time.sleep):
        self.keys, self.host, self.sleep = keys, host, sleep
        self.connect = connect or (lambda: http.client.HTTPSConnection(host, timeout=30))
        self.calls = 0

    def get(self, path, params):
        """One answer's body; a call that came too soon is made again, signed anew, after a growing pause."""
        for attempt in range(MOST_TRIES):
            status, body = self.once(path, params)
            if status != 429 or attempt + 1 == MOST_TRIES:
                break
            self.sleep(2 ** attempt)
        if body.get("stat") != "OK":
            raise Refused(status, body)
        return body

    def once(self, path, params):
        self.calls += 1
        query, date = query_of(params), email.utils.formatdate()
        connection = self.connect()
        try:
            connection.request("GET", f"{path}?{query}" if query else path, headers={
                "Host": self.host, "Date": date,
                "Authorization": authorization(self.keys, date, self.host, path, query)})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def pages(self, path=USERS, limit=100, **params):
        """Every page of a list."""
        offset = 0
        while offset is not None:
            body = self.get(path, {"limit": limit, "offset": offset, **params})
            yield body
            offset = body.get("metadata", {}).get("next_offset")

    def users(self, **params):
        return [user for page in self.pages(**params) for user in page["response"]]


def with_a_factor(users):
    """Those who have something to prove themselves with."""
    return [user for user in users if user["phones"] or user["tokens"] or user["webauthncredentials"]]


def main():
    host, ikey, skey = sys.argv[1:]
    users = Reader({"ikey": ikey, "skey": skey}, host).users()
    print(f"{len(users)} users, {len(with_a_factor(users))} with a second factor")


if __name__ == "__main__":
    main()
