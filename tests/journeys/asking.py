"""A scripted client: the official Python client of one era with one key, and a question put to it."""

import asyncio
import contextlib
import json

import httpx2
import jsonschema
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ElicitResult

MODERN, LEGACY = "2026-07-28", "legacy"
MOST_CALLS, MOST_TOKENS = 3, 8_000


class Asking:
    """One client of one era with one key. It calls what it sees in the list, with arguments that fit the schema there."""

    def __init__(self, demo, mode, key="api_key", answer=None):
        self.demo, self.mode, self.answer, self.forms = demo, mode, answer, []
        self.headers = {"Authorization": "Bearer " + demo.facts[key]}
        self.listed, self.sizes = None, []

    async def _form(self, context, params):
        self.forms.append(params.message)
        typed = self.answer(params.message) if self.answer else None
        if typed is None:
            return ElicitResult(action="decline")
        return ElicitResult(action="accept", content={"confirm": typed})

    async def _with_client(self, work):
        async with httpx2.AsyncClient(headers=self.headers, timeout=60) as http:
            transport = streamable_http_client(self.demo.facts["mcp_url"], http_client=http)
            callback = self._form if self.answer else None
            async with Client(transport, mode=self.mode, elicitation_callback=callback) as client:
                return await work(client)

    def tools(self):
        return asyncio.run(self._with_client(lambda client: client.list_tools())).tools

    def call(self, tool, **arguments):
        """The structured answer, or the advice of a failure with `code` in it."""
        if self.listed is None:
            self.listed = {tool.name: tool for tool in self.tools()}
        assert tool in self.listed, f"no client sees a tool {tool}"
        jsonschema.validate(arguments, self.listed[tool].input_schema)
        return self.call_unseen(tool, **arguments)

    def call_unseen(self, tool, **arguments):
        """The same by a client that does not look at the list first."""
        result = asyncio.run(self._with_client(lambda client: client.call_tool(tool, arguments)))
        text = result.content[0].text
        # Counted on the text block, four bytes a token.
        self.sizes.append(-(-len(text.encode()) // 4))
        assert self.sizes[-1] <= MOST_TOKENS, f"{tool} answers {self.sizes[-1]} tokens"
        if result.is_error:
            assert result.structured_content is None
            return json.loads(text)
        return result.structured_content

    @contextlib.contextmanager
    def asked(self, question):
        """A person asks this, word for word; what follows in the block is all that the client does about it."""
        before = len(self.sizes)
        yield
        calls = self.sizes[before:]
        assert 1 <= len(calls) <= MOST_CALLS, f"{question} takes {len(calls)} calls"
        print(f"{self.mode:>10}  {len(calls)} calls, {sum(calls):>5} tokens  {question}")


def phrase(message):
    """What a person reads off a form and types."""
    return message.rsplit("type: ", 1)[1]
