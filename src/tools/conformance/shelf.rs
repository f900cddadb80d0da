//! The fixture prompts and resources, as rows of their tables.

use serde_json::{Map, Value, json};

use super::contents::{PNG, image, text_document};
use crate::tools::content::{Body, Content};
use crate::tools::prompts::{Argument, Prompt, Words};
use crate::tools::resources::{Resource, Template};
use crate::tools::talk::{Question, Talk, Turn};

/// Every fixture prompt.
pub static PROMPTS: &[Prompt] = &[
    Prompt {
        name: "test_input_required_result_prompt",
        title: "Asking",
        description: "A prompt that asks first",
        arguments: &[],
        words: Words::Asked(asked),
    },
    Prompt {
        name: "test_prompt_with_arguments",
        title: "With arguments",
        description: "A prompt with two arguments",
        arguments: &[
            argument("arg1", "First test argument", &["test value 1", "another value"]),
            argument("arg2", "Second test argument", &[]),
        ],
        words: Words::Given(with_arguments),
    },
    Prompt {
        name: "test_prompt_with_embedded_resource",
        title: "With a resource",
        description: "A prompt with a resource in it",
        arguments: &[argument("resourceUri", "URI of the resource to embed", &[])],
        words: Words::Given(with_resource),
    },
    Prompt {
        name: "test_prompt_with_image",
        title: "With a picture",
        description: "A prompt with a picture in it",
        arguments: &[],
        words: Words::Given(|_| vec![image(), Content::text("Please analyze the image above.")]),
    },
    Prompt {
        name: "test_simple_prompt",
        title: "Simple",
        description: "A prompt of one sentence",
        arguments: &[],
        words: Words::Given(|_| vec![Content::text("This is a simple prompt for testing.")]),
    },
];

/// Every fixture resource.
pub static RESOURCES: &[Resource] = &[
    Resource {
        uri: "test://static-binary",
        name: "static-binary",
        description: "A picture",
        mime: "image/png",
        body: || Body::Base64(PNG.into()),
    },
    Resource {
        uri: "test://static-text",
        name: "static-text",
        description: "A text",
        mime: "text/plain",
        body: || Body::Text("This is the content of the static text resource.".into()),
    },
    Resource {
        uri: "test://watched-resource",
        name: "watched-resource",
        description: "A text that may be watched",
        mime: "text/plain",
        body: || Body::Text("Nothing happens here.".into()),
    },
];

/// Every fixture family of resources.
pub static TEMPLATES: &[Template] = &[Template {
    uri: "test://template/{id}/data",
    name: "template-data",
    description: "The data of an id",
    mime: "application/json",
    body: data,
}];

const fn argument(name: &'static str, description: &'static str, offers: &'static [&'static str]) -> Argument {
    Argument { name, description, is_required: true, offers }
}

fn text<'a>(given: &'a Map<String, Value>, name: &str) -> &'a str {
    given.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn with_arguments(given: &Map<String, Value>) -> Vec<Content> {
    let (first, second) = (text(given, "arg1"), text(given, "arg2"));
    vec![Content::text(format!("Prompt with arguments: arg1='{first}', arg2='{second}'"))]
}

fn with_resource(given: &Map<String, Value>) -> Vec<Content> {
    let document = text_document(text(given, "resourceUri"), "text/plain", "Embedded resource content for testing.");
    vec![document, Content::text("Please process the embedded resource above.")]
}

fn asked(talk: &Talk) -> Turn {
    if let Some(context) = talk.typed("user_context", "context") {
        return Turn::Said(vec![Content::text(format!("Use this context: {context}"))]);
    }
    let schema =
        json!({ "type": "object", "properties": { "context": { "type": "string" } }, "required": ["context"] });
    let question = Question::Form { message: "What context should the prompt use?".into(), schema };
    Turn::Ask { questions: vec![("user_context", question)], keep: None }
}

#[expect(clippy::unnecessary_wraps, reason = "a row of the table may have words for which there is nothing")]
fn data(id: &str) -> Option<Body> {
    let data = json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") });
    Some(Body::Text(data.to_string()))
}
