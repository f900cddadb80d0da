//! The OpenAPI document of the REST API, its schemas out of the types.

use schemars::generate::{Contract, SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::connections::PutConnection;
use super::credentials::PutCredential;
use super::identities::LinkIdentity;
use super::invites::MakeInvite;
use super::keys::MakeKey;
use super::members::{ChangeMember, MakeMember};
use super::paging::Rows;
use super::tenants::{ChangeTenant, NewTenant};
use super::view::{
    ClientView, ConnectionView, CredentialView, EventView, GrantView, InviteView, KeyView, MemberView, NewInviteView,
    NewKeyView, NewOwnerKeyView, OperationView, OperatorView, OwnerKeyView, PasskeyView, TenantView,
};

/// A type's schema, put among the document's components.
type Describe = fn(&mut SchemaGenerator) -> Schema;

/// One operation of the API.
struct Row {
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    query: &'static [(&'static str, &'static str)],
    body: Option<Describe>,
    status: u16,
    answer: Option<Describe>,
}

const PAGE: &[(&str, &str)] =
    &[("limit", "How many rows: 1 to 200."), ("cursor", "Where to go on, as the answer before gave it.")];
const CONFIRM: &[(&str, &str)] = &[("confirm", "The tenant's short name again, to show that it is meant.")];
const VERIFY: &[(&str, &str)] =
    &[("verify", "`now` (the usual): Duo is asked first; `later`: it is stored unverified.")];
const WAITING: &[(&str, &str)] = &[
    ("state", "Where they stand; only `waiting` can be listed over all tenants."),
    ("limit", "How many rows: 1 to 200."),
    ("cursor", "Where to go on, as the answer before gave it."),
];

const CONNECTION: &str = "/tenants/{tenant}/connections/{connection}";
const MEMBER: &str = "/tenants/{tenant}/members/{member}";
const IDENTITIES: &str = "/tenants/{tenant}/members/{member}/identities";
const OWNER_KEY: &str = "/tenants/{tenant}/members/{member}/owner-key";
const CREDENTIALS: &str = "/tenants/{tenant}/connections/{connection}/credentials";
const CREDENTIAL: &str = "/tenants/{tenant}/connections/{connection}/credentials/{api}";

fn get(path: &'static str, summary: &'static str, answer: Describe) -> Row {
    Row::new("get", path, summary).answers(answer)
}

fn post(path: &'static str, summary: &'static str) -> Row {
    Row::new("post", path, summary)
}

fn delete(path: &'static str, summary: &'static str) -> Row {
    Row { status: 204, ..Row::new("delete", path, summary) }
}

fn patch(path: &'static str, summary: &'static str, body: Describe) -> Row {
    Row::new("patch", path, summary).takes(body)
}

fn put(path: &'static str, summary: &'static str, body: Describe) -> Row {
    Row::new("put", path, summary).takes(body)
}

/// Every operation, in the order of the router.
fn rows() -> Vec<Row> {
    [accounts(), people(), use_of_them()].into_iter().flatten().collect()
}

fn accounts() -> Vec<Row> {
    vec![
        get("/operators/me", "Who am I", of::<OperatorView>),
        get("/tenants", "List tenants", of::<Rows<TenantView>>).with(PAGE),
        post("/tenants", "Register a tenant").takes(of::<NewTenant>).makes(of::<TenantView>),
        get("/tenants/{tenant}", "Look at a tenant", of::<TenantView>),
        patch("/tenants/{tenant}", "Change a tenant", of::<ChangeTenant>).answers(of::<TenantView>),
        delete("/tenants/{tenant}", "Delete a tenant").with(CONFIRM),
        post("/tenants/{tenant}/suspend", "Suspend a tenant").answers(of::<TenantView>),
        post("/tenants/{tenant}/resume", "Resume a tenant").answers(of::<TenantView>),
        get("/tenants/{tenant}/connections", "List connections", of::<Rows<ConnectionView>>),
        put(CONNECTION, "Register or change a connection", of::<PutConnection>).answers(of::<ConnectionView>),
        get(CONNECTION, "Look at a connection", of::<ConnectionView>),
        delete(CONNECTION, "Delete a connection, with its credentials"),
        get(CREDENTIALS, "List a connection's credentials", of::<Rows<CredentialView>>),
        put(CREDENTIAL, "Store a credential", of::<PutCredential>).answers(of::<CredentialView>).with(VERIFY),
        get(CREDENTIAL, "Look at a credential; its keys are not shown", of::<CredentialView>),
        delete(CREDENTIAL, "Delete a credential"),
        post(
            "/tenants/{tenant}/connections/{connection}/credentials/{api}/verify",
            "Check a stored credential against Duo now",
        )
        .answers(of::<CredentialView>),
    ]
}

fn people() -> Vec<Row> {
    vec![
        get("/tenants/{tenant}/members", "List members, removed ones too", of::<Rows<MemberView>>),
        post("/tenants/{tenant}/members", "Make a member").takes(of::<MakeMember>).makes(of::<MemberView>),
        get(MEMBER, "Look at a member, named by id or name", of::<MemberView>),
        patch(MEMBER, "Change a member; a narrower role holds for all its keys", of::<ChangeMember>)
            .answers(of::<MemberView>),
        delete(MEMBER, "Remove a member; its keys and grants, its owner key and its sessions end"),
        post(OWNER_KEY, "Give a member an owner key, in the place of the one before").makes(of::<NewOwnerKeyView>),
        post(IDENTITIES, "Link an identity at a provider to a member, who calls by its tokens and may sign in by it")
            .takes(of::<LinkIdentity>)
            .makes(of::<GrantView>),
        get("/tenants/{tenant}/owner-keys", "List owner keys, without the keys", of::<Rows<OwnerKeyView>>),
        get("/tenants/{tenant}/passkeys", "List the passkeys by which members sign in", of::<Rows<PasskeyView>>),
        delete("/tenants/{tenant}/passkeys/{passkey}", "Remove a passkey; the sessions that it opened end"),
        get("/tenants/{tenant}/invites", "List invites into a tenant", of::<Rows<InviteView>>),
        post("/tenants/{tenant}/invites", "Invite somebody into a tenant")
            .takes(of::<MakeInvite>)
            .makes(of::<NewInviteView>),
        delete("/tenants/{tenant}/invites/{invite}", "Take an invite back"),
        get("/invites", "List invites to make a tenant", of::<Rows<InviteView>>),
        post("/invites", "Invite somebody to make a tenant").makes(of::<NewInviteView>),
        delete("/invites/{invite}", "Take an invite to make a tenant back"),
    ]
}

fn use_of_them() -> Vec<Row> {
    vec![
        get("/tenants/{tenant}/keys", "List keys", of::<Rows<KeyView>>),
        post("/tenants/{tenant}/keys", "Make a key").takes(of::<MakeKey>).makes(of::<NewKeyView>),
        delete("/tenants/{tenant}/keys/{key}", "Revoke a key"),
        get("/tenants/{tenant}/grants", "List what members granted to AI clients", of::<Rows<GrantView>>),
        delete("/tenants/{tenant}/grants/{grant}", "Take a grant back"),
        get("/clients", "List the AI clients that members of any tenant let in", of::<Rows<ClientView>>).with(PAGE),
        delete("/clients/{client}", "Expel an AI client; what members of any tenant granted it ends"),
        get("/tenants/{tenant}/audit", "List what happened, newest first", of::<Rows<EventView>>).with(PAGE),
        get("/operations", "List the operations that wait", of::<Rows<OperationView>>).with(WAITING),
        get("/operations/{operation}", "Look at an operation, and at what exactly will happen", of::<OperationView>),
        post("/operations/{operation}/approve", "Approve an operation").answers(of::<OperationView>),
        post("/operations/{operation}/deny", "Deny an operation").answers(of::<OperationView>),
    ]
}

impl Row {
    fn new(method: &'static str, path: &'static str, summary: &'static str) -> Self {
        Self { method, path, summary, query: &[], body: None, status: 200, answer: None }
    }

    fn takes(self, body: Describe) -> Self {
        Self { body: Some(body), ..self }
    }

    fn answers(self, answer: Describe) -> Self {
        Self { answer: Some(answer), ..self }
    }

    fn makes(self, answer: Describe) -> Self {
        Self { answer: Some(answer), status: 201, ..self }
    }

    fn with(self, query: &'static [(&'static str, &'static str)]) -> Self {
        Self { query, ..self }
    }

    /// The operation as the document has it. What goes in and what comes out are described by generators of their own,
    /// because a field with a default is optional in the one and always there in the other.
    fn describe(&self, going_in: &mut SchemaGenerator, coming_out: &mut SchemaGenerator) -> Value {
        let in_path = self.path.split(['{', '}']).skip(1).step_by(2);
        let parameter = |name: &str, place: &str| json!({"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}});
        let mut parameters: Vec<Value> = in_path.map(|name| parameter(name, "path")).collect();
        for (name, meaning) in self.query {
            let mut described = parameter(name, "query");
            described["description"] = json!(meaning);
            parameters.push(described);
        }
        let mut answer = json!({"description": self.summary});
        if let Some(of) = self.answer {
            answer["content"] = json!({"application/json": {"schema": of(coming_out)}});
        }
        let mut operation = json!({
            "summary": self.summary,
            "tags": [self.path.split('/').nth(1).unwrap_or_default()],
            "parameters": parameters,
            "responses": {self.status.to_string(): answer, "default": {"$ref": "#/components/responses/Problem"}},
        });
        if let Some(of) = self.body {
            operation["requestBody"] =
                json!({"required": true, "content": {"application/json": {"schema": of(going_in)}}});
        }
        operation
    }
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The document, as `docs/openapi.json` holds it.
pub fn document() -> String {
    let settings = |contract| {
        SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
            settings.contract = contract;
        })
    };
    let mut going_in = settings(Contract::Deserialize).into_generator();
    let mut coming_out = settings(Contract::Serialize).into_generator();
    let mut paths = Map::new();
    for row in rows() {
        let path = paths.entry(row.path).or_insert_with(|| json!({}));
        path[row.method] = row.describe(&mut going_in, &mut coming_out);
    }
    let mut schemas = going_in.take_definitions(true);
    schemas.extend(coming_out.take_definitions(true));
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "duo-mcp-gateway admin API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Served on the admin listener. Every request shows an operator key. Secrets go in and never come out.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "http://127.0.0.1:8082/admin/v1"}],
        "security": [{"operatorKey": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"operatorKey": {"type": "http", "scheme": "bearer", "bearerFormat": "dga_…"}},
            "responses": {"Problem": {
                "description": "What went wrong (RFC 9457).",
                "content": {"application/problem+json": {"schema": problem()}},
            }},
        },
    });
    format!("{document:#}\n")
}

fn problem() -> Value {
    let text = json!({"type": "string"});
    json!({
        "type": "object",
        "properties": {
            "type": text, "title": text, "status": {"type": "integer"}, "detail": text, "code": text, "request_id": text,
        },
        "required": ["type", "title", "status", "code"],
    })
}

/// Method and path of every operation, for the test that holds them against the router.
pub fn operations() -> Vec<(&'static str, &'static str)> {
    rows().iter().map(|row| (row.method, row.path)).collect()
}
