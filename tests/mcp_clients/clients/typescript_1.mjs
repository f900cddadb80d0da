// The official TypeScript SDK as it is in the field, 1.x.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { drive, listed, plain } from './lines.mjs';

await drive(async (url, key, mode, person) => {
  const capabilities = person.manner ? { elicitation: { form: {} } } : {};
  const client = new Client({ name: 'table', version: '1' }, { capabilities });
  if (person.manner) client.setRequestHandler(ElicitRequestSchema, ({ params }) => person.answer(params.message));
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { Authorization: `Bearer ${key}` } },
  });
  await client.connect(transport);
  return {
    version: transport.protocolVersion,
    list: async () => listed(await client.listTools()),
    call: async (name, given, options) => plain(await client.callTool({ name, arguments: given }, undefined, options)),
    close: () => client.close(),
  };
});
