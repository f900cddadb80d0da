//! What the demo prints: where everything is, and what to paste where.

use super::facts::Facts;

/// Everything that a person needs, laid out for a terminal.
pub(super) fn banner(facts: &Facts) -> String {
    let Facts { mcp_url, keys_mcp_url, issuer, api_key, approvals_url, operator_key, owner_key, phone_url, .. } = facts;
    let (unattended, read_only) = (&facts.unattended_api_key, &facts.read_only_api_key);
    let data_dir = facts.data_dir.display();
    let clients = clients(keys_mcp_url, api_key);
    format!(
        r"
duo-mcp-gateway demo
A simulated Duo with about 250 people, and a gateway in front of it, on this machine only.

  MCP URL         {mcp_url}
  API key         {api_key}
                  for {keys_mcp_url}, because some clients drop a key where they find a sign-in

{clients}
Three things to ask your agent

  1. List the first 10 users from our Duo directory.
  2. Send a Duo Push authentication request to username 'mrossi'. Then: did he approve?
  3. Set asmith's status back to active.

Where a person comes in

  Phone page      {phone_url}
                  a push arrives here; approve it, deny it or report it
  Approvals       {approvals_url}
                  what an agent may not do by itself waits here (ask it to trash two users), and for the owner at
                  {issuer}/connect/manage
  Operator key    {operator_key}
  Connect pages   {issuer}/connect
                  set up a client, bring another Duo account, manage; {issuer} is for who is new
  Owner key       {owner_key}
                  signs the subscriber's owner in there

Other API keys

  Unattended      {unattended}
                  every tool without asking, by a standing approval
  Read-only       {read_only}
                  looks and changes nothing

Claude on the web and Claude Desktop's custom connectors call from Anthropic's servers, which cannot reach an address of
this machine. Use Claude Code here, or run the gateway where they can reach it, behind an https address
(server.public.url). `duo-mcp-gateway clients` has every client, a bridge and a tunnel.

Kept in {data_dir}; started again with the same folder, it goes on with the same world and keys.
Stop with Ctrl-C.
"
    )
}

/// What to paste into each client.
fn clients(keys_mcp_url: &str, api_key: &str) -> String {
    format!(
        r#"Connect an AI client (one of these)

  By signing in   give it the MCP URL alone; a page opens, where the owner key below signs in

  Claude Code     in a terminal:
    claude mcp add --transport http duo {keys_mcp_url} --header "Authorization: Bearer {api_key}"

  Cursor          in ~/.cursor/mcp.json:
    {{"mcpServers": {{"duo": {{"url": "{keys_mcp_url}", "headers": {{"Authorization": "Bearer {api_key}"}}}}}}}}

  VS Code         in .vscode/mcp.json:
    {{"servers": {{"duo": {{"type": "http", "url": "{keys_mcp_url}", "headers": {{"Authorization": "Bearer {api_key}"}}}}}}}}

  MCP inspector   in a terminal:
    npx @modelcontextprotocol/inspector --cli {keys_mcp_url} --transport http --header "Authorization: Bearer {api_key}" --method tools/list
"#
    )
}
