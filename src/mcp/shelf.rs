//! Prompts and resources as clients see them; unheard of while there are none.

use rmcp::RoleServer;
use rmcp::model::{
    CacheScope, CompleteRequestMethod, CompleteRequestParams, CompleteResult, CompletionInfo, ErrorData,
    GetPromptRequestMethod, GetPromptRequestParams, GetPromptResponse, GetPromptResult, JsonObject,
    ListPromptsRequestMethod, ListPromptsResult, ListResourceTemplatesRequestMethod, ListResourceTemplatesResult,
    ListResourcesRequestMethod, ListResourcesResult, Prompt, PromptArgument, PromptMessage, PromptsCapability,
    ReadResourceRequestMethod, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Reference,
    Resource, ResourceTemplate, ResourcesCapability, Role, ServerCapabilities,
};
use rmcp::service::RequestContext;
use serde_json::{Map, Value, json};

use super::error::refusal;
use super::handler::{Handler, LIST_TTL_MS, call_request, visitor};
use super::render::{block, document, server_info};
use crate::calls::{CallError, Calls, Reply};
use crate::tools::prompts::{self, PROMPTS};
use crate::tools::resources::{self, RESOURCES, TEMPLATES};

/// What the server says that it has.
pub(super) fn capabilities() -> ServerCapabilities {
    let mut all = ServerCapabilities::builder().enable_tools().build();
    if !PROMPTS.is_empty() {
        all.prompts = Some(PromptsCapability::default());
    }
    if PROMPTS.iter().flat_map(|prompt| prompt.arguments).any(|argument| !argument.offers.is_empty()) {
        all.completions = Some(JsonObject::new());
    }
    if !resources::are_none() {
        all.resources = Some(ResourcesCapability::default());
    }
    #[cfg(feature = "conformance")]
    super::talk::advertise(&mut all);
    all
}

impl Handler {
    pub(super) fn listed_prompts(&self, context: &RequestContext<RoleServer>) -> Result<ListPromptsResult, ErrorData> {
        if PROMPTS.is_empty() {
            return Err(ErrorData::method_not_found::<ListPromptsRequestMethod>());
        }
        let prompts = shown(PROMPTS, context)?.iter().map(|prompt| {
            let arguments = prompt.arguments.iter().map(|argument| {
                PromptArgument::new(argument.name)
                    .with_description(argument.description)
                    .with_required(argument.is_required)
            });
            Prompt::new(prompt.name, Some(prompt.description), Some(arguments.collect())).with_title(prompt.title)
        });
        let mut list = ListPromptsResult::with_all_items(prompts.collect())
            .with_ttl_ms(LIST_TTL_MS)
            .with_cache_scope(CacheScope::Private);
        list.meta = Some(server_info(&self.me));
        Ok(list)
    }

    pub(super) fn listed_resources(
        &self,
        context: &RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        if resources::are_none() {
            return Err(ErrorData::method_not_found::<ListResourcesRequestMethod>());
        }
        let listed = shown(RESOURCES, context)?.iter().map(|resource| {
            Resource::new(resource.uri, resource.name)
                .with_description(resource.description)
                .with_mime_type(resource.mime)
        });
        let mut list = ListResourcesResult::with_all_items(listed.collect())
            .with_ttl_ms(LIST_TTL_MS)
            .with_cache_scope(CacheScope::Private);
        list.meta = Some(server_info(&self.me));
        Ok(list)
    }

    pub(super) fn listed_templates(
        &self,
        context: &RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        if resources::are_none() {
            return Err(ErrorData::method_not_found::<ListResourceTemplatesRequestMethod>());
        }
        let listed = shown(TEMPLATES, context)?.iter().map(|template| {
            ResourceTemplate::new(template.uri, template.name)
                .with_description(template.description)
                .with_mime_type(template.mime)
        });
        let mut list = ListResourceTemplatesResult::with_all_items(listed.collect())
            .with_ttl_ms(LIST_TTL_MS)
            .with_cache_scope(CacheScope::Private);
        list.meta = Some(server_info(&self.me));
        Ok(list)
    }

    pub(super) async fn prompt(
        &self,
        params: GetPromptRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        if PROMPTS.is_empty() {
            return Err(ErrorData::method_not_found::<GetPromptRequestMethod>());
        }
        let description = prompts::find(&params.name).map(|prompt| prompt.description.to_owned());
        let mut arguments = Map::new();
        arguments.insert("name".into(), params.name.into());
        arguments.insert("arguments".into(), Value::Object(params.arguments.unwrap_or_default()));
        let answered = (params.request_state, params.input_responses);
        let call = call_request(visitor(context)?, context, "prompts/get".into(), arguments, answered);
        let call = call.ok_or_else(is_suspended)?;
        match self.calls.prompt(&call).await {
            Ok(Some(Reply::Said(contents))) => {
                let messages = contents.into_iter().map(|content| PromptMessage::new(Role::User, block(content)));
                let mut result = GetPromptResult::new(messages.collect());
                result.description = description;
                result.meta = Some(server_info(&self.me));
                Ok(result.into())
            }
            #[cfg(feature = "conformance")]
            Ok(Some(Reply::Questions { questions, state })) => {
                Ok(super::talk::asked(questions, state, &self.me)?.into())
            }
            Ok(Some(_)) => Err(refusal(&CallError::Broken, "prompts/get")),
            Ok(None) => Err(ErrorData::invalid_params("Unknown prompt", None)),
            Err(error) => Err(refusal(&error, "prompts/get")),
        }
    }

    pub(super) async fn resource(
        &self,
        params: ReadResourceRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        if resources::are_none() {
            return Err(ErrorData::method_not_found::<ReadResourceRequestMethod>());
        }
        let mut arguments = Map::new();
        arguments.insert("uri".into(), params.uri.clone().into());
        let call = call_request(visitor(context)?, context, "resources/read".into(), arguments, (None, None));
        let call = call.ok_or_else(is_suspended)?;
        match self.calls.resource(&call).await {
            Ok(Some(found)) => {
                let mut result = ReadResourceResult::new(vec![document(found)])
                    .with_ttl_ms(LIST_TTL_MS)
                    .with_cache_scope(CacheScope::Private);
                result.meta = Some(server_info(&self.me));
                Ok(result.into())
            }
            Ok(None) => Err(ErrorData::resource_not_found("Resource not found", Some(json!({ "uri": params.uri })))),
            Err(error) => Err(refusal(&error, "resources/read")),
        }
    }

    /// What to offer while a person types a prompt's argument; nothing for what is not known.
    pub(super) fn completion(&self, params: &CompleteRequestParams) -> Result<CompleteResult, ErrorData> {
        if capabilities().completions.is_none() {
            return Err(ErrorData::method_not_found::<CompleteRequestMethod>());
        }
        let offers = match &params.r#ref {
            Reference::Prompt(prompt) => prompts::find(&prompt.name)
                .map(|prompt| prompt.offers(&params.argument.name, &params.argument.value))
                .unwrap_or_default(),
            _ => Vec::new(),
        };
        let offers = CompletionInfo::with_all_values(offers).map_err(|error| ErrorData::internal_error(error, None))?;
        let mut result = CompleteResult::new(offers);
        result.meta = Some(server_info(&self.me));
        Ok(result)
    }
}

/// The rows, for those for whom there are any.
fn shown<T>(rows: &'static [T], context: &RequestContext<RoleServer>) -> Result<&'static [T], ErrorData> {
    let visitor = visitor(context)?;
    let may = visitor.context.is_some() && Calls::shows_shelf(&visitor.caller);
    Ok(if may { rows } else { &[] })
}

fn is_suspended() -> ErrorData {
    ErrorData::invalid_request(super::error::suspended().message, None)
}
