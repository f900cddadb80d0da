"""The official Python client, 2.x."""

from contextlib import asynccontextmanager

import httpx2
from lines import drive
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ElicitResult


class Connected:
    def __init__(self, client):
        self.client = client
        self.version = client.protocol_version

    async def list(self):
        tools = (await self.client.list_tools()).tools
        return [{"name": tool.name, "read_only": tool.annotations.read_only_hint} for tool in tools]

    async def call(self, tool, arguments):
        result = await self.client.call_tool(tool, arguments)
        return {"error": result.is_error, "structured": result.structured_content, "text": result.content[0].text}


@asynccontextmanager
async def open_client(url, key, mode, person):
    async def form(context, params):
        action, content = await person.answer(params.message)
        return ElicitResult(action=action, content=content)

    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=60) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode=mode, elicitation_callback=form if person.manner else None) as client:
            yield Connected(client)


if __name__ == "__main__":
    drive(open_client)
