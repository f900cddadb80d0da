"""A client driven by lines of JSON: a command in, an answer out. lines.mjs speaks the same."""

import asyncio
import json
import os
import sys


class Person:
    """Who sits before the client: answers its forms in one way, and remembers what they said."""

    def __init__(self, manner):
        self.manner, self.forms = manner, []
        # That nobody will answer the form that is shown.
        self.is_gone = asyncio.Event()

    async def answer(self, message):
        """What is done with a form, and what is typed into it."""
        self.forms.append(message)
        if self.manner == "types":
            return "accept", {"confirm": message.rsplit("type: ", 1)[1]}
        if self.manner == "clicks":
            return "accept", {"confirm": "yes"}
        if self.manner == "says nothing":
            self.is_gone.set()
            await asyncio.Event().wait()
        return self.manner, None


class Conversation:
    """One client with one call under way, so that it can be abandoned."""

    def __init__(self, open_client, command):
        self.person = Person(command.get("person"))
        self.open_client, self.command = open_client, command
        self.closing = asyncio.Event()
        self.call = None

    async def hold(self):
        async with self.open_client(self.person) as client:
            self.call = asyncio.create_task(client.call(self.command["tool"], self.command["arguments"]))
            await asyncio.wait([self.call])
            await self.closing.wait()

    async def leave(self):
        """Gives up the call in the client's own way; the client stays connected."""
        self.call.cancel()
        try:
            await self.call
        except asyncio.CancelledError:
            return {"gave_up": True}
        return {"gave_up": False}


async def call(open_client, command):
    person = Person(command.get("person"))

    async def work():
        async with open_client(person) as client:
            return await client.call(command["tool"], command["arguments"])

    working, gone = asyncio.create_task(work()), asyncio.create_task(person.is_gone.wait())
    await asyncio.wait([working, gone], return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    if not working.done():
        # As a client does when its time for a form is up.
        working.cancel()
        await asyncio.wait([working])
        return {"forms": person.forms, "gave_up": True}
    if error := working.exception():
        return {"forms": person.forms, "failed": said(error)}
    return {"forms": person.forms, **working.result()}


def said(error):
    """The text of an error; of a group, those of its members."""
    members = getattr(error, "exceptions", None)
    return "; ".join(said(member) for member in members) if members else f"{type(error).__name__}: {error}"


async def answers(open_client):
    """Takes commands until the input ends."""
    conversation = holding = None
    while line := await asyncio.to_thread(sys.stdin.readline):
        command = json.loads(line)
        match command["do"]:
            case "list":
                async with open_client(Person(None)) as client:
                    answer = {"version": client.version, "tools": await client.list()}
            case "call":
                answer = await call(open_client, command)
            case "begin":
                conversation = Conversation(open_client, command)
                holding = asyncio.create_task(conversation.hold())
                answer = {}
            case "leave":
                answer = await conversation.leave()
            case "close":
                conversation.closing.set()
                await holding
                answer = {}
        print(json.dumps(answer), flush=True)


def drive(open_client):
    """Runs `open_client(url, key, mode, person)`, an async context manager, by the commands that come."""
    url, mode, key = sys.argv[1], sys.argv[2], os.environ["MCP_KEY"]
    asyncio.run(answers(lambda person: open_client(url, key, mode, person)))
