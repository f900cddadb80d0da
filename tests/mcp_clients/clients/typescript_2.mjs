// The official TypeScript client, 2.x.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { drive, listed, plain } from './lines.mjs';

await drive(async (url, key, mode, person) => {
  const capabilities = person.manner ? { elicitation: { form: {} } } : {};
  const negotiation = ['auto', 'legacy'].includes(mode) ? mode : { pin: mode };
  const client = new Client({ name: 'table', version: '1' }, { capabilities, versionNegotiation: { mode: negotiation } });
  if (person.manner) client.setRequestHandler('elicitation/create', ({ params }) => person.answer(params.message));
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { Authorization: `Bearer ${key}` } },
  });
  await client.connect(transport);
  return {
    version: transport.protocolVersion,
    list: async () => listed(await client.listTools()),
    call: async (name, given, options) => plain(await client.callTool({ name, arguments: given }, options)),
    close: () => client.close(),
  };
});
