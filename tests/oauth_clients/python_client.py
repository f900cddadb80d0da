"""The official Python client, which signs in by itself; it is told what to do, and tells what it did, in lines of JSON.

    python_client.py URL REDIRECT [DOCUMENT]

It says {"open": address} when a person has to look at an address, and is then given {"landed": address}. Other lines that it
is given: {"call": tool, "arguments": {...}}, {"later": seconds}.
"""

import asyncio
import json
import sys
import time
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata


def say(what):
    print(json.dumps(what), flush=True)


async def hear():
    line = await asyncio.to_thread(sys.stdin.readline)
    return json.loads(line) if line else None


class Kept:
    """What a program would keep between two starts."""

    def __init__(self):
        self.tokens, self.client = None, None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def show(address):
    say({"open": address})


async def landed():
    query = parse_qs(urlsplit((await hear())["landed"]).query)
    one = {name: values[0] for name, values in query.items()}
    return AuthorizationCodeResult(code=one.get("code", ""), state=one.get("state"), iss=one.get("iss"))


async def main(url, redirect, document=None):
    kept = Kept()
    metadata = OAuthClientMetadata(
        client_name="Python SDK test",
        redirect_uris=[redirect],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        token_endpoint_auth_method="none",
    )
    auth = OAuthClientProvider(url, metadata, kept, show, landed, client_metadata_url=document)
    async with httpx2.AsyncClient(auth=auth, timeout=60) as http:
        async with Client(streamable_http_client(url, http_client=http), mode="auto") as client:
            say({"connected": client.protocol_version})
            real = time.time
            while asked := await hear():
                if "later" in asked:
                    # The client reads this clock to see whether its token is over.
                    later = asked["later"]
                    time.time = lambda: real() + later
                    continue
                answer = await client.call_tool(asked["call"], asked["arguments"])
                say(
                    {
                        "error": answer.is_error,
                        "text": answer.content[0].text,
                        "structured": answer.structured_content,
                        "client": kept.client.client_id,
                        "tokens": kept.tokens.model_dump(),
                    }
                )


asyncio.run(main(*sys.argv[1:]))
