// A client driven by lines of JSON: a command in, an answer out. lines.py speaks the same.
import { createInterface } from 'node:readline';

/** Who sits before the client: answers its forms in one way, and remembers what they said. */
class Person {
  forms = [];
  /** That nobody will answer the form that is shown. */
  gone = new AbortController();

  constructor(manner) { this.manner = manner; }

  async answer(message) {
    this.forms.push(message);
    if (this.manner === 'types') return { action: 'accept', content: { confirm: message.split('type: ').at(-1) } };
    if (this.manner === 'clicks') return { action: 'accept', content: { confirm: 'yes' } };
    if (this.manner === 'says nothing') {
      this.gone.abort();
      await new Promise(() => {});
    }
    return { action: this.manner };
  }
}

/** Runs `connect(url, key, mode, person)`, which gives {version, list, call, close}, by the commands that come. */
export async function drive(connect) {
  const [url, mode] = process.argv.slice(2);
  const open = (person) => connect(url, process.env.MCP_KEY, mode, person);
  let held;
  const commands = {
    async list() {
      const client = await open(new Person());
      const answer = { version: client.version, tools: await client.list() };
      await client.close();
      return answer;
    },
    async call({ tool, arguments: given, person: manner }) {
      const person = new Person(manner);
      const { signal } = person.gone;
      // A client waits for its person without regard to the signal; the program around it does not.
      const outOfTime = new Promise((_, reject) => signal.addEventListener('abort', reject));
      let client;
      try {
        client = await open(person);
        const called = client.call(tool, given, { signal });
        return { forms: person.forms, ...(await Promise.race([called, outOfTime])) };
      } catch (error) {
        if (signal.aborted) return { forms: person.forms, gave_up: true };
        return { forms: person.forms, failed: `${error.name}: ${error.message}` };
      } finally {
        await client?.close();
      }
    },
    async begin({ tool, arguments: given, person }) {
      const giveUp = new AbortController();
      const client = await open(new Person(person));
      const ended = client.call(tool, given, { signal: giveUp.signal }).then(() => false, () => true);
      held = { client, giveUp, ended };
      return {};
    },
    /** Gives up the call in the client's own way; the client stays connected. */
    async leave() {
      held.giveUp.abort();
      return { gave_up: await held.ended };
    },
    async close() {
      await held.client.close();
      return {};
    },
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await commands[command.do](command))}\n`);
  }
  process.exit();
}

/** A result of either generation of the client, in one shape. */
export const plain = (result) => ({
  error: result.isError ?? false, structured: result.structuredContent, text: result.content[0].text,
});

export const listed = ({ tools }) =>
  tools.map((tool) => ({ name: tool.name, read_only: tool.annotations.readOnlyHint }));
