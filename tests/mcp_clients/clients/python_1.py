"""The official Python client as it is in the field, 1.x."""

from contextlib import asynccontextmanager

from lines import drive
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from mcp.types import ElicitResult


class Connected:
    def __init__(self, session, version):
        self.session, self.version = session, version

    async def list(self):
        tools = (await self.session.list_tools()).tools
        return [{"name": tool.name, "read_only": tool.annotations.readOnlyHint} for tool in tools]

    async def call(self, tool, arguments):
        result = await self.session.call_tool(tool, arguments)
        return {"error": result.isError, "structured": result.structuredContent, "text": result.content[0].text}


@asynccontextmanager
async def open_client(url, key, mode, person):
    async def form(context, params):
        action, content = await person.answer(params.message)
        return ElicitResult(action=action, content=content)

    async with streamablehttp_client(url, headers={"Authorization": f"Bearer {key}"}) as (reads, writes, _):
        async with ClientSession(reads, writes, elicitation_callback=form if person.manner else None) as session:
            begun = await session.initialize()
            yield Connected(session, str(begun.protocolVersion))


if __name__ == "__main__":
    drive(open_client)
