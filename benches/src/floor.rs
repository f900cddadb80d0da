//! The floor: a bare rmcp server that makes the same calls and no more.
//!
//! axum, rmcp and reqwest as their documentation shows them; stateless, JSON answers. No authentication, database,
//! policy, limits, log or audit. The page of Duo's goes out as text, as it came.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use clap::Parser;
use rmcp::handler::server::router::tool::{ToolRoute, ToolRouter};
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, JsonObject, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{RoleServer, ServerHandler};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::report::say;
use crate::sign::{Keys, date};
use crate::upstream;

/// What the floor is told.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the upstream listens
    #[arg(long)]
    upstream: SocketAddr,
    /// The certificate that it shows
    #[arg(long)]
    certificate: PathBuf,
}

#[derive(Clone)]
struct Floor {
    client: reqwest::Client,
    keys: Arc<Keys>,
    tools: Arc<ToolRouter<Self>>,
}

#[derive(Deserialize, JsonSchema)]
struct ListUsers {
    limit: Option<u64>,
}

#[derive(Deserialize, JsonSchema)]
struct PingAuth {}

impl Floor {
    async fn list_users(&self, arguments: Option<JsonObject>) -> Result<CallToolResponse, ErrorData> {
        let ListUsers { limit } = parsed(arguments)?;
        let query = format!("limit={}&offset=0", limit.unwrap_or(25));
        self.get("/admin/v1/users", &query, true).await
    }

    async fn ping_auth(&self, arguments: Option<JsonObject>) -> Result<CallToolResponse, ErrorData> {
        let PingAuth {} = parsed(arguments)?;
        self.get("/auth/v2/ping", "", false).await
    }

    /// Duo's ping is not signed, by the gateway neither.
    async fn get(&self, path: &str, query: &str, signed: bool) -> Result<CallToolResponse, ErrorData> {
        let mark = if query.is_empty() { "" } else { "?" };
        let date = date();
        let mut request = self.client.get(format!("https://{}{path}{mark}{query}", self.keys.host));
        if signed {
            request = request.header("authorization", self.keys.authorization(&date, path, query));
        }
        let failed = |error: reqwest::Error| ErrorData::internal_error(error.to_string(), None);
        let answer = request.header("date", date).send().await.map_err(failed)?;
        let ok = answer.status().is_success();
        let text = ContentBlock::text(answer.text().await.map_err(failed)?);
        Ok(if ok { CallToolResult::success(vec![text]) } else { CallToolResult::error(vec![text]) }.into())
    }
}

fn parsed<T: serde::de::DeserializeOwned>(arguments: Option<JsonObject>) -> Result<T, ErrorData> {
    let arguments = serde_json::Value::Object(arguments.unwrap_or_default());
    serde_json::from_value(arguments).map_err(|error| ErrorData::invalid_params(error.to_string(), None))
}

impl ServerHandler for Floor {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tools.get(name).cloned()
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.tools.list_all()))
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.tools.call(ToolCallContext::new(self, params, context)).await
    }
}

fn tools() -> ToolRouter<Floor> {
    let list = Tool::new("list_users", "Lists Duo users.", JsonObject::new()).with_input_schema::<ListUsers>();
    let ping = Tool::new("ping_auth", "Pings Duo's Auth API.", JsonObject::new()).with_input_schema::<PingAuth>();
    ToolRouter::new()
        .with_route(ToolRoute::new_dyn(list, |call: ToolCallContext<'_, Floor>| {
            Box::pin(call.service.list_users(call.arguments))
        }))
        .with_route(ToolRoute::new_dyn(ping, |call: ToolCallContext<'_, Floor>| {
            Box::pin(call.service.ping_auth(call.arguments))
        }))
}

/// Serves until it is killed; says where on the standard output.
pub fn main() -> ExitCode {
    let served = tokio::runtime::Runtime::new().context("no runtime").and_then(|runtime| runtime.block_on(serve()));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let floor = Floor {
        client: client(&arguments)?,
        keys: Arc::new(Keys::numbered(0, upstream::host(0))),
        tools: Arc::new(tools()),
    };
    let config = StreamableHttpServerConfig::default().with_legacy_session_mode(false).with_json_response(true);
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(floor.clone()), sessions, config);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&listener.local_addr()?.to_string());
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        // Without it each answer would wait for the client's acknowledgement.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, Router::new().route_service("/mcp", service)).await?)
}

/// The same pool, trust and resolution as the gateway's client has.
fn client(arguments: &Arguments) -> anyhow::Result<reqwest::Client> {
    let tls = upstream::trust(&std::fs::read(&arguments.certificate)?)?;
    let names = (0..upstream::HOSTS).map(upstream::host);
    #[expect(clippy::disallowed_methods, reason = "the floor is what the gateway is compared with, not a part of it")]
    let builder = reqwest::Client::builder();
    let builder = builder.tls_backend_preconfigured(tls).https_only(true).http1_only().no_proxy();
    Ok(names.fold(builder, |builder, name| builder.resolve(&name, arguments.upstream)).build()?)
}
